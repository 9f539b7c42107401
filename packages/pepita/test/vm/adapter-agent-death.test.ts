import { describe, expect, test } from 'vitest';
import { testAdapter, until } from './adapter-harness.ts';
import { namesIn } from './spare-parts.ts';

const { adapter, stateDirectory, spawn, texts } = await testAdapter();

/** What a process of the guest may do as root and the agent, as PID 1, does not hear: signal(7), pid_namespaces(7). */
const signals = 'for s in KILL SEGV STOP ABRT; do kill -$s 1; done; echo "still there"';
/** Zeros over all of the agent's code: proc_pid_mem(5) lets root write where nobody may. */
const overwrite = [
  // `400000-41a000 r-xp ...`
  'while IFS="- " read -r from to readable executable _; do [ "$executable" = xp ] && break; done < /proc/1/maps',
  'from=$((0x$from / 4096)); to=$((0x$to / 4096))',
  'dd if=/dev/zero of=/proc/1/mem bs=4096 seek=$from count=$((to - from)) conv=notrunc',
].join('; ');

const root = (script: string, more: object = {}) =>
  adapter.spawn({
    name: `root-${script.length}`,
    program: '/bin/dash',
    args: ['-c', `${script}; while :; do sleep 1; done`],
    user: 0,
    stopTimeout: 2000,
    platform: { pepita: { files: ['/bin/dd', '/bin/sleep'] } },
    ...more,
  });

describe('the agent of a guest', () => {
  test('does not die of signals of the guest', async () => {
    const handle = await root(signals);
    await until('the signals', async () => (await texts(handle)).includes('still there'));
    expect(await adapter.status(handle)).toMatchObject({ state: 'running' });
    expect(await adapter.stop(handle)).toMatchObject({ state: 'stopped' });
    await adapter.remove(handle);
  });

  test('that dies is told from a kernel that panics and from a VMM that dies; no other VM is affected, and nothing is left', async () => {
    const neighbour = await spawn(['trap']);
    await until('the neighbour', async () => (await texts(neighbour)).includes('ready'));
    const handle = await root(`echo "before"; ${overwrite}`, { name: 'dies' });
    expect(await adapter.wait(handle)).toMatchObject({ state: 'failed', reason: 'lost' });
    const { message } = await adapter.status(handle);
    expect(message).toMatch(
      /the agent of the guest has died, and its kernel with it; .*Attempted to kill init/,
    );
    expect(await texts(handle)).toContain('before');

    await adapter.signal(neighbour, 'USR1');
    await until('its answer', async () => (await texts(neighbour)).includes('USR1'));
    await adapter.remove(handle);
    await adapter.remove(neighbour, { force: true });
    for (const folder of [['daemons'], ['cids'], ['vms'], ['vmm', 'native'], ['bridges', 'native']]) {
      expect(namesIn(stateDirectory, ...folder)).toEqual([]);
    }
  });

  test('that dies under a daemon that is restarted: the VM is booted', async () => {
    const restart = { policy: 'on-failure', delay: 20, maxRestarts: 1, window: 60_000 } as const;
    const handle = await root(`echo up; sleep 0.3; ${overwrite}`, { name: 'again', restart });
    expect(await adapter.wait(handle)).toMatchObject({ state: 'failed', reason: 'restart-limit' });
    expect((await texts(handle)).filter((line) => line === 'up')).toHaveLength(2);
    await adapter.remove(handle);
    expect(namesIn(stateDirectory, 'vms')).toEqual([]);
  });
});
