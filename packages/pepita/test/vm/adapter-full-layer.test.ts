import { describe, expect, test } from 'vitest';
import { testAdapter, until } from './adapter-harness.ts';

const { adapter, texts } = await testAdapter();

/** Fills the root, which is a layer in the guest's memory, and everything else that it may write to. */
const fill = (path: string) => `dd if=/dev/zero of=${path} bs=64k`;
const park = 'while :; do sleep 1; done';
const start = (name: string, script: string) =>
  adapter.spawn({
    name,
    program: '/bin/dash',
    args: ['-c', script],
    user: 0,
    stopTimeout: 2000,
    // The smallest one that there is: in it half of all memory is more than what is free.
    platform: { pepita: { memory: '80M', files: ['/bin/dd', '/bin/sleep'] } },
  });

describe('a guest whose disk is full', () => {
  test('tells the daemon so, which goes on, as the VM does, and every other one', async () => {
    const neighbour = await start('neighbour', `trap 'echo heard' USR1; echo ready; ${park}`);
    await until('the neighbour', async () => (await texts(neighbour)).includes('ready'));
    const handle = await start(
      'full',
      `trap 'echo heard' USR1; echo before; ${fill('/full')}; echo after; ${park}`,
    );
    await until('a full disk', async () => (await texts(handle)).includes('after'));
    const said = await texts(handle);
    expect(said[0]).toBe('before');
    expect(said.join('\n')).toMatch(/dd: error writing '\/full': No space left on device/);
    expect(await adapter.status(handle)).toMatchObject({ state: 'running', restarts: 0 });

    const guest = await adapter.openGuest(handle);
    const write = guest.exec(['/bin/dd', 'if=/dev/zero', 'of=/more', 'count=1']);
    let error = '';
    write.stderr.setEncoding('utf8').on('data', (text: string) => {
      error += text;
    });
    expect(await write.exit).toEqual({ code: 1 });
    expect(error).toMatch(/No space left on device/);
    // What is removed is free again.
    expect(await guest.exec(['/bin/dash', '-c', ': > /full && echo more > /more']).exit).toEqual({ code: 0 });
    guest.close();
    for (const one of [handle, neighbour]) {
      await adapter.signal(one, 'USR1');
      await until('an answer', async () => (await texts(one)).includes('heard'));
    }
    expect((await adapter.stats(handle)).memoryBytes).toBeGreaterThan(0);
    expect(await adapter.stop(handle)).toMatchObject({ state: 'stopped' });
    for (const one of [handle, neighbour]) await adapter.remove(one, { force: true });
  });

  test('tells a daemon that ends because of it, with its last line and its exit code', async () => {
    const handle = await start('ends', `${fill('/full')} 2> /dev/null || { echo "no space"; exit 28; }`);
    expect(await adapter.wait(handle)).toMatchObject({
      state: 'failed',
      reason: 'exit-code',
      exit: { code: 28 },
    });
    expect(await texts(handle)).toEqual(['no space']);
    await adapter.remove(handle);
  });

  test('and fills the rest of its memory with files of other folders: the daemon is killed for memory', async () => {
    const script = `echo before; ${fill('/full')} 2> /dev/null; exec ${fill('/dev/shm/full')} 2> /dev/null`;
    const handle = await start('everywhere', script);
    expect(await adapter.wait(handle)).toMatchObject({ state: 'failed', reason: 'oom' });
    expect(await texts(handle)).toEqual(['before']);
    await adapter.remove(handle);
  });
});
