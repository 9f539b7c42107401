import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { planJsDaemon } from '../src/js/index.ts';
import type { WosClient } from '../src/protocol/index.ts';
import { TestDaemon, type Wanted } from './support/daemons.ts';
import { describeWithPrograms, temporaryFolder } from './support/programs.ts';
import { useWos } from './support/wosd.ts';

const makeWos = useWos();

describeWithPrograms('readiness notify', () => {
  const wos = makeWos();
  const folder = temporaryFolder();
  let client: WosClient;
  beforeAll(async () => {
    client = (await wos.start()).client;
  });
  const spawn = (name: string, commands: string[], wanted?: Wanted) =>
    TestDaemon.spawn(client, name, commands, { readiness: 'notify', ...wanted });
  const ready = 'READY=1\nSTATUS=serving';

  it('of a program: its spawn resolves when it says so, and its status text shows', async () => {
    const begun = Date.now();
    const daemon = await spawn('tells', ['tell', 'STATUS=loading', 'sleep', '300', 'tell', ready, 'park']);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(295);
    expect(await daemon.status()).toMatchObject({ state: 'running', message: 'serving' });
    await daemon.stop();
  });

  it('of a TypeScript daemon: the same', async () => {
    const module = join(folder, 'daemon.ts');
    writeFileSync(
      module,
      `import { defineDaemon } from '@duende/core';
      export default defineDaemon({
        name: 'typed',
        async run(ctx) {
          ctx.status('up');
          for await (const signal of ctx.signals) ctx.log.info('signal', { signal });
        },
      });`,
    );
    const { module: engine, script, env, args } = await planJsDaemon({ name: 'typed', module });
    const run = { module: engine as string, script, env, args };
    const daemon = await spawn('typed', [], { run: run as never });
    const status = await daemon.until(({ message }) => message === 'up');
    expect(status.state).toBe('running');
    await daemon.signal('USR1');
    expect(await daemon.stop()).toMatchObject({ state: 'stopped', exit: { code: 0 } });
    expect((await daemon.lines()).join('\n')).toContain('"signal":"USR1"');
    // From what is kept of it on disk.
    const next = '7b9f3f52-55a8-4f7e-9d55-0d6a60a7a003';
    const again = new TestDaemon(client, await client.request('daemon.restart', { ...daemon.key, next }));
    expect((await again.status()).state).toBe('running');
    await again.stop();
  });

  it.each([
    [
      ['say', 'hm', 'exit', '7'],
      'exec-failed',
      'early exited with code 7 before it was ready; its last line was: hm',
    ],
    [['crash'], 'exec-failed', 'early was ended by SIGABRT before it was ready'],
    [['say', 'x', 'deaf', 'park'], 'timeout', 'early was not ready within 300 ms; its last line was: x'],
  ] as const)('of one that never is: %j', async (commands, reason, message) => {
    await expect(spawn('early', [...commands], { startTimeout: 300 })).rejects.toMatchObject({
      code: 'SpawnFailed',
      reason,
      message,
    });
    expect((await client.request('daemon.find', { name: 'early' })).daemon).toBeUndefined();
    expect((await client.request('list', { all: true })).map(({ name }) => name)).not.toContain(
      'duende-early',
    );
    const homes = readdirSync(join(wos.base, 'daemons'));
    expect(homes).toHaveLength((await client.request('daemon.list', {})).daemons.length);
  });

  it('of one that is stopped before: both are answered', async () => {
    const spawning = spawn('between', ['park']);
    spawning.catch(() => undefined);
    let found: { instance: string } | undefined;
    while (found === undefined) found = (await client.request('daemon.find', { name: 'between' })).daemon;
    const { instance } = found;
    const stopped = await client.request('daemon.stop', { name: 'between', instance });
    expect(stopped).toMatchObject({ state: 'stopped' });
    await expect(spawning).rejects.toMatchObject({ code: 'SpawnFailed', reason: 'exec-failed' });
  });

  it('holds for later runs too: one that is not ready in time has failed, start-timeout', async () => {
    const restart = { policy: 'on-failure', delay: 10, maxRestarts: 0 } as const;
    const once = join(folder, 'once');
    writeFileSync(once, '');
    const commands = ['run', 'once', '/data/once', 'tell', 'READY=1', 'exit', '3'];
    const run = { capabilities: { preopens: [{ guest: '/data', host: folder, write: true }] } };
    const daemon = await spawn('later', commands, { startTimeout: 200, restart, run });
    const late = await daemon.until(({ restarts }) => restarts >= 3);
    expect(late).toMatchObject({ lastExit: { signal: 'SIGKILL' } });
    expect(await daemon.until(({ state, pid }) => state === 'starting' && pid !== undefined)).toBeDefined();
    await daemon.stop(0);
  });
});
