import { createServer } from 'node:net';
import { beforeAll, expect, it } from 'vitest';
import type { WosClient } from '../src/protocol/index.ts';
import { TestDaemon, type Wanted } from './support/daemons.ts';
import { sleep } from './support/kernel.ts';
import { describeWithPrograms, program } from './support/programs.ts';
import { useWos } from './support/wosd.ts';

const makeWos = useWos();

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const timing = { interval: 30, timeout: 1000, retries: 2, startPeriod: 0 };

describeWithPrograms('health checks', () => {
  const wos = makeWos();
  let client: WosClient;
  beforeAll(async () => {
    client = (await wos.start()).client;
  });
  const spawn = (name: string, commands: string[], wanted: Wanted) =>
    TestDaemon.spawn(client, name, commands, wanted);

  it.each(['http', 'tcp'] as const)(
    '%s: healthy while it answers; then ended, and restarted',
    async (type) => {
      const port = await freePort();
      const address = `127.0.0.1:${port}`;
      const place =
        type === 'tcp' ? { type, host: '127.0.0.1', port } : { type, url: `http://${address}/live` };
      const daemon = await spawn(type, ['graceful', 'serve', address, 'park'], {
        health: { ...place, ...timing },
        restart: { policy: 'on-failure', delay: 300 },
        run: { capabilities: { net: { listen: [address] } } },
      });
      await daemon.says('listening');
      await daemon.until(({ health }) => health === 'healthy');
      await daemon.signal('USR1');
      const between = await daemon.until(({ state, pid }) => state === 'starting' && pid === undefined);
      expect(between.message).toMatch(/^It was not healthy: .*ECONNREFUSED/);
      const again = await daemon.until(({ restarts, health }) => restarts === 1 && health === 'healthy');
      // Its handler of TERM ended it with 0: it has failed all the same.
      expect(again).toMatchObject({ state: 'running', lastExit: { code: 0 } });
      expect(again).not.toHaveProperty('message');
      await daemon.stop();
    },
  );

  const command = (...args: string[]) => ({
    type: 'command' as const,
    command: [program('daemon'), ...args],
  });

  it('command: a module with what the daemon itself gets', async () => {
    const daemon = await spawn('good', ['park'], {
      health: { ...command('env', 'A', 'exit', '0'), ...timing },
    });
    await daemon.until(({ health }) => health === 'healthy');
    await sleep(200);
    expect(await daemon.status()).toMatchObject({ state: 'running', restarts: 0 });
    await daemon.signal('STOP');
    await daemon.until(({ state }) => state === 'paused');
    await daemon.stop(100);
    expect((await client.request('list', {})).filter(({ name }) => name.includes('health'))).toEqual([]);
  });

  it.each([
    [command('exit', '1'), timing, 'It was not healthy: the check exits with 1'],
    [command('crash'), timing, 'It was not healthy: the check ends by SIGABRT'],
    [command('park'), { ...timing, timeout: 50 }, 'It was not healthy: the check takes too long'],
    [
      { type: 'command' as const, command: ['/none.wasm'] },
      timing,
      'It was not healthy: the check cannot be run',
    ],
    [
      { type: 'tcp' as const, host: '127.0.0.1', port: 1 },
      timing,
      'It was not healthy: connect ECONNREFUSED',
    ],
  ])('that fail end it, watchdog: %j', async (check, when, message) => {
    const daemon = await spawn('bad', ['deaf', 'park'], { health: { ...check, ...when }, stopTimeout: 50 });
    expect(await daemon.wait()).toMatchObject({
      state: 'failed',
      reason: 'watchdog',
      exit: { signal: 'SIGKILL' },
      message: expect.stringContaining(message),
    });
    await daemon.remove();
  });

  it('do not count before the start period is over', async () => {
    const begun = Date.now();
    const health = { ...command('exit', '1'), ...timing, startPeriod: 500 };
    const daemon = await spawn('slow', ['park'], { health });
    expect(await daemon.wait()).toMatchObject({ reason: 'watchdog' });
    expect(Date.now() - begun).toBeGreaterThanOrEqual(500);
  });
});
