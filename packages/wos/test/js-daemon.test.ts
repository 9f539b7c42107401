import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until, useKernel } from './support/kernel.ts';
import { entries, useScripts } from './support/scripts.ts';

const test = useKernel();
const scripts = useScripts(test);
const root = join(import.meta.dirname, '../../..');

it('the ticker of the README runs as it is', async () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const source = /```ts\n(\/\/ daemon\.ts\n[\s\S]*?)```/.exec(readme)?.[1];
  expect(source).toContain("from 'node:timers/promises'");
  const ticker = await scripts.startFile(scripts.write(source as string), { daemon: { name: 'ticker' } });
  await ticker.says('"count":3');
  test.kernel.signal(ticker.pid, 'TERM');
  const { exit, stdout, stderr } = await ticker.end();
  expect(exit).toEqual({ code: 0 });
  expect(stderr).toBe('');
  const [first, ...rest] = entries(stdout);
  expect(first).toEqual({
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    level: 'info',
    msg: 'ready',
    daemon: 'ticker',
  });
  expect(rest.at(-1)).toMatchObject({ msg: 'stopping', reason: 'TERM' });
  const ticks = rest.filter(({ msg }) => msg === 'tick');
  expect(ticks.map(({ count }) => count)).toEqual(ticks.map((_, index) => index + 1));
});

it('init, run, reload and shutdown are called in their order, and told to the platform', async () => {
  const daemon = await scripts.start(`
    export default defineDaemon({
      name: 'other',
      init(ctx) { ctx.log.info('init', { name: ctx.name, platform: ctx.platform }); },
      async run(ctx) {
        ctx.status('working');
        for await (const signal of ctx.signals) ctx.log.info('signal', { signal });
      },
      reload(ctx) { ctx.log.warn('reload'); },
      shutdown(ctx) { ctx.log.debug('shutdown', { aborted: ctx.signal.aborted }); },
    });`);
  await daemon.says('"ready"');
  test.kernel.signal(daemon.pid, 'HUP');
  await daemon.says('"signal":"HUP"');
  test.kernel.signal(daemon.pid, 'USR1');
  await daemon.says('USR1');
  test.kernel.signal(daemon.pid, 'QUIT');
  await daemon.says('QUIT');
  test.kernel.signal(daemon.pid, 'INT');
  const { exit, stdout, stderr } = await daemon.end();
  expect(exit).toEqual({ code: 0 });
  expect(entries(stdout).map(({ msg }) => msg)).toEqual([
    'init',
    'ready',
    'reloaded',
    'signal',
    'signal',
    'signal',
    'stopping',
    'shutdown',
  ]);
  expect(entries(stdout)[0]).toMatchObject({ name: 'daemon', platform: 'wos', daemon: 'daemon' });
  expect(entries(stderr)).toMatchObject([{ level: 'warn', msg: 'reload' }]);
  expect(daemon.notes.join('')).toMatch(
    /^READY=1\n[\s\S]*STATUS=working\n[\s\S]*RELOADING=1\n[\s\S]*STOPPING=1\n$/,
  );
});

it('QUIT and the others have their default actions where nobody listens', async () => {
  const waits = 'await new Promise(() => {});';
  const quit = await scripts.startRun(waits);
  await quit.says('ready');
  test.kernel.signal(quit.pid, 'QUIT');
  expect((await quit.end()).exit).toEqual({ signal: 'SIGQUIT' });
  const other = await scripts.startRun(waits, { daemon: { stopTimeout: 100 } });
  await other.says('ready');
  test.kernel.signal(other.pid, 'USR2');
  test.kernel.signal(other.pid, 'TERM');
  const { exit, stderr } = await other.end();
  expect(exit).toEqual({ code: 1 });
  expect(stderr).toContain('Not ended 50 ms after TERM: giving up');
});

it('the settings of the adapter arrive, and are not in the environment of the daemon', async () => {
  const { exit, printed } = await scripts.run(
    'console.log(ctx.name, JSON.stringify(process.env), process.argv[0], process.pid, String(ctx.config));',
    { env: { DUENDE_NAME: 'named', DUENDE_STOP_TIMEOUT: '500', OWN: 'ü $x' } },
  );
  expect(exit).toEqual({ code: 0 });
  expect(printed[0]).toMatch(/^named \{"OWN":"ü \$x"\} daemon \d+ undefined$/);
  const config = await scripts.run('', { daemon: { config: { x: 1 } } });
  expect(config.exit).toEqual({ code: 78 });
  expect(config.stderr).toContain('takes no config');
  const noDaemon = await scripts.startFile(scripts.write('export default 1;'));
  expect((await noDaemon.end()).exit).toEqual({ code: 78 });
  expect(noDaemon.stderr).toMatch(/daemon-\d+\.ts is not a daemon module/);
});

it('what it asks of the kernel can be traced, and goes on untouched afterwards', async () => {
  const daemon = await scripts.startRun(
    "let n = 0; setInterval(() => console.log('n', n++), 5); await new Promise(() => {});",
  );
  await daemon.says('n 1');
  const seen: { call: string; args: object; result: unknown; pid: number }[] = [];
  const detach = test.kernel.trace(daemon.pid, (events) => seen.push(...events));
  await until('a write is seen', () => seen.some(({ call }) => call === 'js.write'));
  detach();
  expect(seen.find(({ call }) => call === 'js.write')).toMatchObject({
    pid: daemon.pid,
    args: { value1: 1, value2: expect.stringMatching(/^n \d+\n$/) },
    result: 0,
  });
  const before = daemon.stdout.length;
  await until('it goes on', () => daemon.stdout.length > before + 20);
  test.kernel.signal(daemon.pid, 'KILL');
  await daemon.end();
});
