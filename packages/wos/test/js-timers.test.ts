import { expect, it } from 'vitest';
import { sleep, useKernel } from './support/kernel.ts';
import { useScripts } from './support/scripts.ts';

const test = useKernel();
const scripts = useScripts(test);

it('timers, immediates and microtasks come in their order', async () => {
  const { printed } = await scripts.run(`
    const done = Promise.withResolvers();
    setTimeout((...values) => { console.log('timeout 400', ...values); done.resolve(); }, 400, 'a', 'b');
    setTimeout(() => console.log('timeout 200'), 200);
    const never = setTimeout(() => console.log('cleared'), 100);
    clearTimeout(never);
    setImmediate(() => { console.log('immediate'); Promise.resolve().then(() => console.log('its promise')); });
    setImmediate(() => console.log('immediate 2'));
    queueMicrotask(() => console.log('microtask'));
    console.log('first');
    await done.promise;`);
  expect(printed).toEqual([
    'first',
    'microtask',
    'immediate',
    'its promise',
    'immediate 2',
    'timeout 200',
    'timeout 400 a b',
  ]);
});

it('a timer is never early and hardly late, and an interval goes on until it is cleared', async () => {
  const { printed } = await scripts.run(`
    for (const delay of [1, 5, 30, 100]) {
      const begun = performance.now();
      await new Promise((done) => setTimeout(done, delay));
      console.log(delay, performance.now() - begun);
    }
    let count = 0;
    await new Promise((done) => {
      const interval = setInterval(() => { if (++count === 5) { clearInterval(interval); done(undefined); } }, 5);
    });
    await new Promise((done) => setTimeout(done, 20));
    console.log(count, 0);`);
  const measured = printed.map((line) => line.split(' ').map(Number) as [number, number]);
  for (const [delay, took] of measured.slice(0, 4)) {
    expect(took).toBeGreaterThanOrEqual(delay);
    expect(took).toBeLessThan(delay + 60);
  }
  expect(measured[4]).toEqual([5, 0]);
});

it('node:timers/promises: values, abortion, intervals', async () => {
  const file = scripts.write(`
    import { setImmediate, setInterval, setTimeout as sleep } from 'node:timers/promises';
    import { defineDaemon } from '@duende/core';
    export default defineDaemon({ name: 'x', async run() {
      console.log(await sleep(2, 'value'), await setImmediate('now'));
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 5);
      await sleep(10_000, undefined, { signal: controller.signal }).catch((error) => console.log(error.name, error.code));
      let count = 0;
      for await (const value of setInterval(2, 'tick')) if (++count === 3) { console.log(value, count); break; }
    } });`);
  const { exit, stdout } = await (await scripts.startFile(file)).end();
  expect(exit).toEqual({ code: 0 });
  expect(stdout.split('\n').filter((line) => line !== '' && !line.startsWith('{"time"'))).toEqual([
    'value now',
    'AbortError ABORT_ERR',
    'tick 3',
  ]);
});

it('AbortSignal: timeout, any, reasons, listeners', async () => {
  const { printed } = await scripts.run(`
    const controller = new AbortController();
    const any = AbortSignal.any([controller.signal, AbortSignal.timeout(10_000)]);
    any.addEventListener('abort', (event) => console.log(event.type, any.reason));
    controller.abort('why');
    const timeout = AbortSignal.timeout(5);
    await new Promise((done) => timeout.addEventListener('abort', done, { once: true }));
    console.log(timeout.reason.name, timeout.aborted, AbortSignal.abort().reason.name);
    try { timeout.throwIfAborted(); } catch (error) { console.log(error === timeout.reason); }
    try { new AbortSignal(); } catch (error) { console.log(error.name); }`);
  expect(printed).toEqual(['abort why', 'TimeoutError true AbortError', 'true', 'TypeError']);
});

it('a stopped daemon does nothing, and goes on when it is continued', async () => {
  const daemon = await scripts.startRun(
    "let n = 0; setInterval(() => console.log('n', n++), 5); await new Promise(() => {});",
  );
  await daemon.says('n 3');
  test.kernel.signal(daemon.pid, 'STOP');
  await sleep(30);
  const before = daemon.stdout;
  await sleep(60);
  expect(daemon.stdout).toBe(before);
  expect(test.kernel.status(daemon.pid).state).toBe('stopped');
  test.kernel.signal(daemon.pid, 'CONT');
  await daemon.says(`n ${before.split('\n').length + 2}`);
  test.kernel.signal(daemon.pid, 'KILL');
  expect((await daemon.end()).exit).toEqual({ signal: 'SIGKILL' });
});
