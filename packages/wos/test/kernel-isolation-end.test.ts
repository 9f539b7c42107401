import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { Kernel, type SpawnOptions } from '../src/kernel/index.ts';
import { until } from './support/kernel.ts';
import { describeWithPrograms, program, temporaryFolder } from './support/programs.ts';

/** A zombie that its new parent has not reaped yet does nothing any more. */
function lives(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  try {
    if (existsSync('/proc/self/stat')) return !/\) [ZX] /.test(readFileSync(stat, 'utf8'));
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A kernel in another Node, with processes that have OS processes: their PIDs are told on stdout. */
const kernel = (module: string) => `
  import { Kernel } from ${JSON.stringify(new URL('../src/kernel/index.ts', import.meta.url).href)};
  const kernel = await Kernel.boot({ threads: 1 });
  for (const command of ['spin', 'sleep']) {
    const pid = await kernel.spawn({ name: 'x', module: ${JSON.stringify(module)}, args: ['x', command], isolation: 'process' });
    console.log(kernel.status(pid).osPid);
  }`;

describeWithPrograms('OS processes of processes', () => {
  const folder = temporaryFolder();

  it('end with a kernel that is killed', async () => {
    const file = join(folder, 'kernel.mjs');
    writeFileSync(file, kernel(program('basics')));
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pids: number[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      pids.push(Number(line));
      if (pids.length === 2) break;
    }
    expect(pids).toHaveLength(2);
    expect(pids.every(lives)).toBe(true);
    child.kill('SIGKILL');
    await until('they are gone', () => !pids.some(lives));
  });

  it('end with a kernel that is shut down, also those that are just being made', async () => {
    const own = await Kernel.boot({ threads: 1 });
    const options: SpawnOptions = {
      name: 'x',
      module: program('basics'),
      args: ['x', 'spin'],
      isolation: 'process',
    };
    const there = await own.spawn(options);
    const os = own.status(there).osPid as number;
    const making = own.spawn(options).catch((error: unknown) => error);
    await own.shutdown({ timeout: 200 });
    expect(lives(os)).toBe(false);
    await making;
    await until('no OS process is left', () =>
      own.list().every(({ osPid }) => osPid === undefined || !lives(osPid)),
    );
  });
});
