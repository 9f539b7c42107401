import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JsDaemonOptions, planJsDaemon } from '../../src/js/index.ts';
import type { SpawnOptions } from '../../src/kernel/index.ts';
import { Running, type TestKernel } from './kernel.ts';
import { temporaryFolder } from './programs.ts';

export type ScriptSpawn = Partial<SpawnOptions> & { readonly daemon?: Partial<JsDaemonOptions> };

export interface LogEntry {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The lines of a daemon's log. */
export function entries(text: string): LogEntry[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogEntry);
}

/** Daemons of a test file, written as modules into a folder of their own. */
export function useScripts(test: TestKernel) {
  const folder = temporaryFolder();
  let count = 0;

  /** Writes a module. @returns its path */
  function write(source: string): string {
    const file = join(folder, `daemon-${++count}.ts`);
    writeFileSync(file, source);
    return file;
  }

  async function startFile(
    file: string,
    { daemon, ...options }: ScriptSpawn = {},
  ): Promise<Running & { notes: string[] }> {
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const notes: string[] = [];
    const plan = await planJsDaemon({ name: 'daemon', module: file, ...daemon });
    const pid = await test.kernel.spawn({
      ...plan,
      stdout: (bytes) => void output.stdout.push(Buffer.from(bytes)),
      stderr: (bytes) => void output.stderr.push(Buffer.from(bytes)),
      notify: (lines) => void notes.push(lines),
      ...options,
    });
    return Object.assign(new Running(test.kernel, pid, output), { notes });
  }

  /** Starts a daemon whose module begins with the import of `defineDaemon`. */
  const start = (source: string, options?: ScriptSpawn) =>
    startFile(write(`import { defineDaemon } from '@duende/core';\n${source}`), options);

  /** Starts one of which only the body of `run(ctx)` is given. */
  const startRun = (body: string, options?: ScriptSpawn) =>
    start(`export default defineDaemon({ name: 'daemon', async run(ctx) {\n${body}\n} });`, options);

  /** Runs it to its end. @returns what it printed beside its log, too */
  async function run(body: string, options?: ScriptSpawn) {
    const ended = await (await startRun(body, options)).end();
    const printed = ended.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('{"time"'));
    return { ...ended, printed };
  }

  return { write, startFile, start, startRun, run };
}
