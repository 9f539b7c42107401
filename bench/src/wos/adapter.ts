import { join } from 'node:path';
import type { DaemonHandle, PlatformAdapter } from '@duende/core';
import { WosAdapter } from '@duende/wos';
import { openNative } from '../native/setup.ts';
import type { Row } from '../row.ts';
import { interleave, summarise } from '../statistics.ts';
import { shutDown } from './shut-down.ts';
import type { Side } from './side.ts';

async function timed<T>(act: () => Promise<T>): Promise<[taken: number, value: T]> {
  const begin = performance.now();
  const value = await act();
  return [performance.now() - begin, value];
}

/** What a program of Duende's has of the platform: through the control socket, with a record on disk. */
export async function measureAdapter({ context, programs }: Side): Promise<Row[]> {
  const stateDirectory = context.makeFolder('state-adapter');
  const adapter = new WosAdapter({ stateDirectory });
  context.onEnd(() => shutDown(join(stateDirectory, 'wos')));
  const native = openNative(context, 'state-beside');
  const spawn = async (on: PlatformAdapter, work: { program: string; args: string[] }) => {
    const [taken, handle] = await timed(() => on.spawn({ name: 'spawned', ...work }));
    await on.remove(handle, { force: true });
    return taken;
  };
  const parked = { program: programs.bench, args: ['park'] };
  const asleep = { program: '/bin/sleep', args: ['100000'] };
  const spawned = await interleave(
    { duende: () => spawn(adapter, parked), native: () => spawn(native.adapter, asleep) },
    { rounds: 100, warmUp: 10 },
  );
  const handles: Record<'duende' | 'native', DaemonHandle> = {
    duende: await adapter.spawn({ name: 'asked', ...parked }),
    native: await native.adapter.spawn({ name: 'asked', ...asleep }),
  };
  const asked = await interleave(
    {
      duende: async () => (await timed(() => adapter.status(handles.duende)))[0],
      native: async () => (await timed(() => native.adapter.status(handles.native)))[0],
    },
    { rounds: 1000, warmUp: 100 },
  );
  await adapter.remove(handles.duende, { force: true });
  await native.remove([handles.native]);
  await adapter.close();
  await shutDown(join(stateDirectory, 'wos'));
  return [
    {
      what: 'spawn() of the adapter',
      unit: 'ms',
      duende: summarise(spawned.duende),
      reference: { name: 'native adapter', figure: summarise(spawned.native) },
      how: 'adapter.spawn() of a module that the kernel has, until it resolves; the native adapter spawns /bin/sleep',
    },
    {
      what: 'status() of the adapter',
      unit: 'ms',
      duende: summarise(asked.duende),
      reference: { name: 'native adapter', figure: summarise(asked.native) },
      how: 'adapter.status() of a running daemon, one after the other',
    },
  ];
}
