// The tests of packages/container that need engines, with private ones.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command } from '../systemd/command.mjs';
import { EngineStartError, names } from './machine.mjs';
import { startEngines } from './several.mjs';

const required = (process.env.DUENDE_REQUIRE ?? '').split(',').some((name) => name.trim() === 'container');
const programs = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));

/**
 * Calls `add(title, exitCode, result)` when they have run, `result` being vitest's report. Where no engine can be started, says
 * so in one line; that is an error when DUENDE_REQUIRE names container.
 */
export async function engineTests(args, add) {
  let started;
  try {
    started = await startEngines(names);
  } catch (error) {
    if (required || !(error instanceof EngineStartError && error.cannot)) throw error;
    console.log(`\n── Not tested: containers, since ${error.message}`);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'duende-engines-report-'));
  try {
    const title = 'Tests of containers, with engines';
    console.log(`\n── ${title}`);
    const report = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const env = { ...started.environment, PATH: `${programs}${delimiter}${process.env.PATH}` };
    const vitest = [
      'vitest',
      'run',
      '--project',
      'container-engines',
      '--no-file-parallelism',
      ...args,
      ...reporters,
    ];
    const { exitCode } = await command(vitest, { inherit: true, env });
    add(title, exitCode, JSON.parse(await readFile(report, 'utf8')));
  } finally {
    await started.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
