import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DaemonHandle } from '@duende/core';
import { NativeAdapter } from '@duende/native';
import { runTimed } from '../commands.ts';
import type { BenchContext } from '../context.ts';
import { readParent } from '../processes.ts';
import type { Missing } from '../rivals/install.ts';
import { type Pm2, preparePm2 } from '../rivals/pm2.ts';
import { prepareS6, type S6 } from '../rivals/s6.ts';
import { prepareSupervisord, type Supervisord } from '../rivals/supervisord.ts';

export const sleepProgram = '/bin/sleep';
/** Daemons in the memory measurement. */
export const copies = 20;

export interface Native {
  readonly adapter: NativeAdapter;
  readonly stateDirectory: string;
  /** Spawns a daemon that sleeps. */
  spawn(name: string): Promise<DaemonHandle>;
  /** Ends daemons, several at a time. */
  remove(handles: readonly DaemonHandle[]): Promise<void>;
  /** Notes the processes of a daemon, so that they end with the bench whatever happens. */
  track(handle: DaemonHandle): Promise<number>;
  /** Runs the `duende` command, timed as a whole process. */
  run(...args: string[]): Promise<{ milliseconds: number; stdout: string }>;
}

export interface Sides {
  readonly native: Native;
  readonly pm2: Pm2 | Missing;
  readonly s6: S6 | Missing;
  readonly supervisord: Supervisord | Missing;
}

export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** An adapter with a state folder of its own; what it runs ends with the bench. */
export function openNative(context: BenchContext, name = 'state'): Native {
  const stateDirectory = context.makeFolder(name);
  const adapter = new NativeAdapter({ stateDirectory });
  const command = join(dirname(fileURLToPath(import.meta.resolve('duende/package.json'))), 'dist', 'cli.js');
  const env = {
    PATH: process.env.PATH,
    HOME: context.makeFolder('home'),
    DUENDE_STATE_DIR: stateDirectory,
    DUENDE_PLATFORM: 'native',
  };
  const remove: Native['remove'] = (handles) =>
    inParallel(handles, 8, (handle) => adapter.remove(handle, { force: true }));
  context.onEnd(async () => remove(await adapter.list()));
  const track: Native['track'] = async (handle) => {
    const pid = context.track((await adapter.status(handle)).pid ?? 0);
    context.track(readParent(pid) ?? 0);
    return pid;
  };
  return {
    adapter,
    stateDirectory,
    remove,
    track,
    spawn: (daemon) => adapter.spawn({ name: daemon, program: sleepProgram, args: ['100000'] }),
    run: (...args) => runTimed(process.execPath, [command, ...args], { env }),
  };
}

export async function prepareSides(context: BenchContext, beatOfSupervisord: string): Promise<Sides> {
  const sleeping = `${sleepProgram} 100000`;
  return {
    native: openNative(context),
    pm2: await preparePm2(context),
    s6: await prepareS6(context),
    supervisord: await prepareSupervisord(
      context,
      { one: sleeping, many: sleeping, beat: beatOfSupervisord },
      copies,
    ),
  };
}
