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
let line = '0 passed, 0 failed, 0 skipped';
let skipped = 0;
try {
  await step('Prepare the machine', process.execPath, ['scripts/setup-test-machine.mjs']);
  // Nothing after it means anything when it does not build.
  if (!(await step('Build', 'turbo', ['run', 'build', '--output-logs=errors-only']))) fail(1);
  await step('Types', 'turbo', ['run', 'typecheck', '--output-logs=errors-only']);
  await step('Lint and format', 'biome', ['ci', '.']);
  await step('Prebuilt programs', process.execPath, ['scripts/check-prebuilt.mjs']);
  await step('Platform table', process.execPath, ['scripts/platform-table.mjs', '--check']);
  await step('Packages (publint, attw)', 'turbo', ['run', 'check:package', '--output-logs=errors-only']);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  await step('Tests', 'vitest', ['run', ...reporters, ...process.argv.slice(2)]);
  const result = JSON.parse(await readFile(report, 'utf8'));
  skipped = result.numPendingTests + result.numTodoTests;
  line = `${result.numPassedTests} passed, ${result.numFailedTests} failed, ${skipped} skipped`;
} catch (error) {
  failures.push(String(error));
} finally {
  await rm(folder, { recursive: true, force: true });
}
// Where platforms are required, a skip is a hole in the proof.
if (process.env.DUENDE_REQUIRE && skipped > 0) failures.push(`${skipped} skipped tests`);
if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
console.log(`\n${line}`);
process.exit(failures.length > 0 ? 1 : 0);
