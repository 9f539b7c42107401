// The second command of the README: everything that must hold, in one go. The last line counts the tests.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { engineTests } from './engines/tests.mjs';
import { systemdTests } from './systemd/tests.mjs';
import { vmTests } from './vms/tests.mjs';

process.env.TURBO_TELEMETRY_DISABLED = '1';
const options = { preferLocal: true, stdio: ['ignore', 'inherit', 'inherit'], reject: false };
const failures = [];

async function step(title, command, args) {
  console.log(`\n── ${title}`);
  const { exitCode } = await execa(command, args, options);
  if (exitCode !== 0) failures.push(title);
  return exitCode === 0;
}

function fail(code) {
  console.log(`\nFailed: ${failures.join(', ')}`);
  process.exit(code);
}

const folder = await mkdtemp(join(tmpdir(), 'duende-test-'));
const report = join(folder, 'report.json');
const counts = { passed: 0, failed: 0, skipped: 0 };

async function vitest(title, args) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  await step(title, 'vitest', ['run', ...reporters, ...args]);
  count(JSON.parse(await readFile(report, 'utf8')));
}

function count(result) {
  counts.passed += result.numPassedTests;
  counts.failed += result.numFailedTests;
  counts.skipped += result.numPendingTests + result.numTodoTests;
}

try {
  await step('Prepare the machine', process.execPath, ['scripts/setup-test-machine.mjs']);
  // Nothing after it means anything when it does not build.
  if (!(await step('Build', 'turbo', ['run', 'build', '--output-logs=errors-only']))) fail(1);
  await step('Types', 'turbo', ['run', 'typecheck', '--output-logs=errors-only']);
  await step('Lint and format', 'biome', ['ci', '.']);
  await step('Prebuilt programs', process.execPath, ['scripts/check-prebuilt.mjs']);
  await step('Platform table', process.execPath, ['scripts/platform-table.mjs', '--check']);
  await step('Packages (publint, attw)', 'turbo', ['run', 'check:package', '--output-logs=errors-only']);
  const given = process.argv.slice(2);
  // A filter may mean one of the runs only.
  const filters = given.length > 0 ? ['--passWithNoTests', ...given] : [];
  const addRun = (title, exitCode, result) => {
    if (exitCode !== 0) failures.push(title);
    count(result);
  };
  const others = ['systemd', 'container-engines', 'pepita-vms'].flatMap((name) => ['--project', `!${name}`]);
  // Most of them wait more than they work. (Projects do not take the number from the configuration at the root.)
  const two = '--maxWorkers=2';
  await vitest('Tests', [...others, two, '--exclude', '**/*.alone.test.ts', ...filters]);
  await systemdTests(filters, addRun);
  await engineTests(filters, addRun);
  await vmTests(filters, addRun);
  // These change the whole machine for a moment (its clock): asked for by CI, and nothing else runs meanwhile.
  if (process.env.DUENDE_TEST_CLOCK === '1')
    await vitest('Tests that need the machine for themselves', [...others, 'alone']);
} catch (error) {
  failures.push(String(error));
} finally {
  await rm(folder, { recursive: true, force: true });
}
// Where platforms are required, a skip is a hole in the proof.
if (process.env.DUENDE_REQUIRE && counts.skipped > 0) failures.push(`${counts.skipped} skipped tests`);
if (counts.passed + counts.failed === 0) failures.push('no test was run');
if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(failures.length > 0 ? 1 : 0);
