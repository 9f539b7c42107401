// The host inside a test's own process: nothing of the process is touched.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineDaemon } from '../src/define.ts';
import {
  createMetrics,
  createSignalSource,
  type NotifyMessage,
  type RunOptions,
  runDaemon,
} from '../src/host.ts';
import { entries, messages } from './run-host.ts';

function harness(options: RunOptions = {}) {
  const lines: string[] = [];
  const notes: NotifyMessage[] = [];
  const source = createSignalSource();
  return {
    source,
    notes,
    log: () => entries(lines.join('\n')),
    options: {
      ownProcess: false,
      signals: source,
      notifier: { send: (message: NotifyMessage) => void notes.push(message) },
      output: (line: string) => void lines.push(line),
      ...options,
    } satisfies RunOptions,
  };
}

describe('runDaemon in this process', () => {
  test('resolves with the exit code, and leaves the signals of the process alone', async () => {
    const before = process.listenerCount('SIGTERM');
    const { options, source, notes } = harness();
    const daemon = defineDaemon({
      name: 'inner',
      run: async (ctx) => {
        expect(process.listenerCount('SIGTERM')).toBe(before);
        source.send('TERM');
        await sleep(60_000, undefined, { signal: ctx.signal });
      },
    });
    expect(await runDaemon(daemon, options)).toBe(0);
    expect(notes).toEqual([{ state: 'ready', status: 'ready' }, { state: 'stopping' }]);
  });

  test('a config function is asked again at each HUP, and a bad answer keeps the old config', async () => {
    const answers: unknown[] = [{ step: 1 }, { step: 2 }, { step: 'x' }];
    const seen: unknown[] = [];
    const { options, source, log } = harness({ config: () => answers.shift() });
    const daemon = defineDaemon({
      name: 'inner',
      config: z.object({ step: z.number() }),
      run: async (ctx) => {
        seen.push(ctx.config);
        source.send('HUP');
        await sleep(20);
        source.send('HUP');
        await sleep(20);
        seen.push(ctx.config);
      },
      reload: (ctx) => void seen.push(ctx.config),
    });
    expect(await runDaemon(daemon, options)).toBe(0);
    expect(seen).toEqual([{ step: 1 }, { step: 2 }, { step: 2 }]);
    expect(messages(log())).toContainEqual(expect.stringMatching(/^reload failed: Invalid config .* step: /));
  });

  test('a HUP during init reloads after it; ten during a reload become one; none overlap with shutdown', async () => {
    const calls: string[] = [];
    const { options, source } = harness();
    const daemon = defineDaemon({
      name: 'inner',
      init: async () => {
        source.send('HUP');
        await sleep(20);
        calls.push('init done');
      },
      run: async (ctx) => {
        await sleep(10);
        for (let count = 0; count < 10; count += 1) source.send('HUP');
        await sleep(60_000, undefined, { signal: ctx.signal });
      },
      reload: async () => {
        calls.push('reload');
        await sleep(50);
        calls.push('reload done');
        if (calls.length === 5) source.send('TERM');
      },
      shutdown: () => void calls.push('shutdown'),
    });
    expect(await runDaemon(daemon, options)).toBe(0);
    expect(calls).toEqual(['init done', 'reload', 'reload done', 'reload', 'reload done', 'shutdown']);
  });

  test('TERM before the start: nothing is run', async () => {
    const { options, source } = harness();
    source.send('TERM');
    const daemon = defineDaemon({ name: 'inner', run: () => expect.unreachable() });
    expect(await runDaemon(daemon, options)).toBe(0);
  });

  test('each loop over ctx.signals gets every signal, and all end with the daemon', async () => {
    const { options, source } = harness();
    const seen: string[] = [];
    const daemon = defineDaemon({
      name: 'inner',
      run: async (ctx) => {
        source.send('USR1');
        const read = async (name: string) => {
          for await (const signal of ctx.signals) seen.push(`${name} ${signal}`);
        };
        const loops = [read('a'), read('b')];
        await sleep(5);
        source.send('USR2');
        source.send('TERM');
        await Promise.all(loops);
      },
    });
    expect(await runDaemon(daemon, options)).toBe(0);
    expect(seen.sort()).toEqual(['a USR1', 'a USR2', 'b USR2']);
  });

  test('serves health on a free port while it runs', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { options, source } = harness({
      healthUrl: 'http://127.0.0.1:0/health',
      onHealthListening: resolve,
    });
    const daemon = defineDaemon({
      name: 'inner',
      run: (ctx) => new Promise<void>((done) => ctx.signal.addEventListener('abort', () => done())),
      health: () => true,
    });
    const exit = runDaemon(daemon, options);
    const url = await promise;
    await sleep(5);
    expect((await fetch(url)).status).toBe(200);
    source.send('TERM');
    expect(await exit).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe('metrics', () => {
  test('count, errors, rate of the last minute and percentiles', async () => {
    let now = 0;
    const metrics = createMetrics(() => now);
    for (let work = 1; work <= 100; work += 1) {
      now += 100;
      metrics.record({ durationMs: work, error: work % 10 === 0 });
    }
    expect(metrics.snapshot()).toEqual({
      count: 100,
      errors: 10,
      ratePerSecond: 10,
      durationMs: { p50: 50, p95: 95, max: 100 },
    });
    now += 30_000;
    expect(metrics.snapshot().ratePerSecond).toBe(2.5);
    now += 60_000;
    expect(metrics.snapshot()).toMatchObject({ count: 100, ratePerSecond: 0 });
    expect(createMetrics(() => 0).snapshot().durationMs).toEqual({ p50: 0, p95: 0, max: 0 });
  });

  test('only the last 1024 durations count, and no number is no duration', () => {
    const metrics = createMetrics(() => 0);
    metrics.record({ durationMs: 1e6 });
    for (let work = 0; work < 1024; work += 1) metrics.record({ durationMs: 3 });
    metrics.record({ durationMs: Number.NaN });
    expect(metrics.snapshot()).toMatchObject({ count: 1026, durationMs: { max: 3 } });
  });

  test('measure passes the result and the error on', async () => {
    const metrics = createMetrics(() => performance.now());
    expect(await metrics.measure(() => 7)).toBe(7);
    await expect(metrics.measure(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(metrics.snapshot()).toMatchObject({ count: 2, errors: 1 });
  });
});
