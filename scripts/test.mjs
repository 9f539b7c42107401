// The second command of the README: everything that must hold, in one go. The last line counts the tests.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

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

/** What has begun and is not waited for yet. */
const begun = new Set();

/**
 * Begins tests that wait more than they work, beside others. What they say is shown when they have ended: two at once would be
 * mixed. Resolves to a function that does so.
 */
function begin(name, filters) {
  const file = join(folder, `${name}.json`);
  const args = ['scripts/test-part.mjs', name, file, ...filters];
  const part = execa(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], all: true });
  begun.add(part);
  return async () => {
    const { all, exitCode } = await part;
    begun.delete(part);
    console.log(all);
    if (exitCode !== 0) throw new Error(`the tests of ${name} ended with exit code ${exitCode}`);
    const { runs, errors } = JSON.parse(await readFile(file, 'utf8'));
    failures.push(...errors);
    for (const run of runs) {
      if (run.exitCode !== 0) failures.push(run.title);
      count(run);
    }
  };
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
  const others = ['systemd', 'container-engines', 'pepita-vms'].flatMap((name) => ['--project', `!${name}`]);
  const engines = begin('engines', filters);
  await vitest('Tests', [...others, '--exclude', '**/*.alone.test.ts', ...filters]);
  const systemd = begin('systemd', filters);
  await engines();
  await systemd();
  await begin('vms', filters)();
  // These change the whole machine for a moment (its clock): asked for by CI, and nothing else runs meanwhile.
  if (process.env.DUENDE_TEST_CLOCK === '1')
    await vitest('Tests that need the machine for themselves', [...others, 'alone']);
} catch (error) {
  failures.push(String(error));
} finally {
  // They have engines to end and to remove.
  await Promise.all(begun);
  await rm(folder, { recursive: true, force: true });
}
// Where platforms are required, a skip is a hole in the proof.
if (process.env.DUENDE_REQUIRE && counts.skipped > 0) failures.push(`${counts.skipped} skipped tests`);
if (counts.passed + counts.failed === 0) failures.push('no test was run');
if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(failures.length > 0 ? 1 : 0);
