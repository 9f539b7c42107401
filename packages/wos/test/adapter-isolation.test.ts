import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { WosClient } from '../src/protocol/index.ts';
import { useAdapter } from './support/adapter.ts';
import { describeWithPrograms, program } from './support/programs.ts';

describeWithPrograms('isolation', () => {
  const { adapter, paths } = useAdapter();

  /** The processes of the machine that the kernel has started. */
  async function childrenOfKernel(): Promise<number[]> {
    const client = await WosClient.connect(paths.base);
    const { pid } = await client.request('info', {});
    client.close();
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
    return text.split(' ').filter(Boolean).map(Number);
  }

  it('process: a process of the machine for each daemon, whose crash is the end of that daemon alone', async () => {
    const spec = { program: program('probe'), args: ['trap'] };
    const shared = await adapter.spawn({ ...spec, name: 'shared' });
    expect(await childrenOfKernel()).toEqual([]);
    const platform = { wos: { isolation: 'process' } };
    const apart = await adapter.spawn({ ...spec, name: 'apart', platform });
    const [child, ...others] = await childrenOfKernel();
    expect(others).toEqual([]);
    await adapter.signal(apart, 'STOP');
    await vi.waitFor(async () => expect((await adapter.status(apart)).state).toBe('paused'));
    await adapter.signal(apart, 'CONT');
    await vi.waitFor(async () => expect((await adapter.status(apart)).state).toBe('running'));
    process.kill(child as number, 'SIGKILL');
    expect(await adapter.wait(apart)).toMatchObject({ state: 'failed', exit: { signal: 'SIGKILL' } });
    expect(await adapter.status(shared)).toMatchObject({ state: 'running' });
    await adapter.remove(apart);
    await adapter.remove(shared, { force: true });
  });
});
