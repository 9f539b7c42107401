import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Following, Subscribers } from '../src/engine/subscribers.ts';

/** A stream of news by hand: each attempt to follow is kept, with what ends it. */
class Streams {
  readonly attempts: (Following & { end(): void; break(error: Error): void })[] = [];
  readonly subscribers = new Subscribers((following) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    following.signal.addEventListener('abort', () => reject(new Error('aborted')));
    this.attempts.push({ ...following, end: resolve, break: reject });
    return promise;
  });

  get last() {
    const last = this.attempts.at(-1);
    if (last === undefined) throw new Error('nothing is followed');
    return last;
  }
}

const rejected: unknown[] = [];
const note = (error: unknown): void => void rejected.push(error);
beforeEach(() => {
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await sleep(20);
  process.off('unhandledRejection', note);
  expect(rejected.splice(0)).toEqual([]);
});

describe('news', () => {
  test('go to those who asked for them, over one stream', () => {
    const streams = new Streams();
    const heard: string[] = [];
    const stops = [
      streams.subscribers.add('a', (news) => heard.push(`1 ${news}`)),
      streams.subscribers.add('a', (news) => heard.push(`2 ${news}`)),
      streams.subscribers.add('b', (news) => heard.push(`3 ${news}`)),
    ];
    expect(streams.attempts).toHaveLength(1);
    streams.last.begun();
    streams.last.tell('a');
    streams.last.tell('other');
    expect(heard).toEqual(['1 changed', '2 changed']);
    stops[0]?.();
    streams.last.tell('a');
    streams.last.tell('b');
    expect(heard.slice(2)).toEqual(['2 changed', '3 changed']);
    for (const stop of stops) stop();
  });

  test('nothing is missed from ready on', async () => {
    const streams = new Streams();
    const heard = vi.fn();
    const stop = streams.subscribers.add('a', heard);
    const ready = vi.fn();
    const waiting = streams.subscribers.ready().then(ready);
    await sleep(20);
    expect(ready).not.toHaveBeenCalled();
    streams.last.begun();
    streams.last.tell('a');
    await waiting;
    expect(heard).toHaveBeenCalledWith('changed');
    stop();
  });

  test('the stream ends with the last who waits, and begins anew with the next', () => {
    const streams = new Streams();
    const [one, two] = [streams.subscribers.add('a', vi.fn()), streams.subscribers.add('b', vi.fn())];
    one();
    expect(streams.last.signal.aborted).toBe(false);
    two();
    expect(streams.last.signal.aborted).toBe(true);
    two();
    const heard = vi.fn();
    const stop = streams.subscribers.add('a', heard);
    expect(streams.attempts).toHaveLength(2);
    streams.last.begun();
    streams.last.tell('a');
    expect(heard.mock.calls).toEqual([['changed']]);
    stop();
  });

  test('stopping twice does not stop others', () => {
    const streams = new Streams();
    const stop = streams.subscribers.add('a', vi.fn());
    stop();
    const heard = vi.fn();
    const other = streams.subscribers.add('a', heard);
    stop();
    streams.last.tell('a');
    expect(streams.last.signal.aborted).toBe(false);
    expect(heard).toHaveBeenCalledOnce();
    other();
  });
});

describe('a stream that breaks', () => {
  test.each<[string, (streams: Streams) => void]>([
    ['with an error', (streams) => streams.last.break(new Error('broken'))],
    ['by ending', (streams) => streams.last.end()],
  ])('%s: followed again, and a gap is told when it tells again', async (_, breaks) => {
    const streams = new Streams();
    const heard = vi.fn();
    const stop = streams.subscribers.add('a', heard);
    streams.last.begun();
    breaks(streams);
    await vi.waitFor(() => expect(streams.attempts).toHaveLength(2));
    heard.mockClear();
    streams.last.begun();
    expect(heard.mock.calls).toEqual([['gap']]);
    streams.last.tell('a');
    expect(heard).toHaveBeenLastCalledWith('changed');
    stop();
  });

  test('an engine that does not answer: whoever waits hears why, and is told to look himself', async () => {
    const streams = new Streams();
    const heard = vi.fn();
    const stop = streams.subscribers.add('a', heard);
    const ready = streams.subscribers.ready();
    streams.last.break(new Error('no engine'));
    await expect(ready).rejects.toThrow('no engine');
    expect(heard.mock.calls).toEqual([['gap']]);
    stop();
  });

  test('attempts become rarer, 50 ms to 1 s, and quick again after a good one', async () => {
    vi.useFakeTimers();
    try {
      const streams = new Streams();
      const stop = streams.subscribers.add('a', vi.fn());
      const untilNext = async (): Promise<number> => {
        const count = streams.attempts.length;
        let waited = 0;
        for (; streams.attempts.length === count; waited += 10) await vi.advanceTimersByTimeAsync(10);
        return waited;
      };
      const pauses: number[] = [];
      for (let round = 0; round < 7; round += 1) {
        streams.last.break(new Error('no engine'));
        pauses.push(await untilNext());
      }
      expect(pauses).toEqual([50, 100, 200, 400, 800, 1000, 1000]);
      streams.last.begun();
      streams.last.break(new Error('broken'));
      expect(await untilNext()).toBe(50);
      stop();
    } finally {
      vi.useRealTimers();
    }
  });

  test('nobody waits any more: no further attempt', async () => {
    const streams = new Streams();
    const stop = streams.subscribers.add('a', vi.fn());
    streams.last.break(new Error('broken'));
    await sleep(10);
    stop();
    await sleep(120);
    expect(streams.attempts).toHaveLength(1);
  });
});
