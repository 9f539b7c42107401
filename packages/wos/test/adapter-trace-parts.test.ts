import { expect, test } from 'vitest';
import { errnoName } from '../src/adapter/errno-names.ts';
import { callClasses, callFilter } from '../src/adapter/trace-calls.ts';
import { traceEvent } from '../src/adapter/trace-event.ts';
import { TraceQueue } from '../src/adapter/trace-queue.ts';
import { wosCallNames } from '../src/kernel/wos-call-names.ts';
import { Errno, errnoOf } from '../src/wasi/errno.ts';
import { wasiCalls } from '../src/wasi/index.ts';

const event = { time: 1_700_000_000_123.456, pid: 7, call: 'path_open', duration: 1.5 };

test('a call as people read it', () => {
  const args = { fd: 3, path: 'a "b"\n', offset: '-5' };
  expect(traceEvent({ ...event, args, result: 0 })).toEqual({
    ...{ time: '2023-11-14T22:13:20.123456Z', pid: 7, call: 'path_open', result: '0', duration: 0.0015 },
    args: ['fd=3', 'path="a \\"b\\"\\n"', 'offset=-5'],
  });
  expect(traceEvent({ ...event, args: {}, result: 44, error: 'NoEntry' })).toMatchObject({
    result: '-1',
    error: 'ENOENT',
  });
  expect(traceEvent({ ...event, args: {} }).result).toBe('?');
});

test('error numbers have the names of errno.h', () => {
  expect(errnoName(Errno.NotCapable)).toBe('ENOTCAPABLE');
  expect(errnoName(1000)).toBe('errno 1000');
  const known = Object.values(Errno).filter((number) => number !== Errno.Success);
  for (const number of known) {
    const name = errnoName(number);
    expect(name).toMatch(/^E[A-Z0-9]+$/);
    // What the kernel makes of an error of Node's of that name.
    const back = errnoOf(Object.assign(new Error(), { code: name }));
    expect([number, Errno.InputOutput]).toContain(back);
  }
});

test('each class has calls, and each call that it names is one', () => {
  const calls = [...Object.keys(wasiCalls), ...wosCallNames];
  for (const [name, begins] of Object.entries(callClasses)) {
    const wanted = callFilter([`%${name}`]);
    expect(calls.filter(wanted), name).not.toEqual([]);
    for (const begin of begins.filter((text) => !text.startsWith('js.'))) {
      expect(
        calls.some((call) => call.startsWith(begin)),
        begin,
      ).toBe(true);
    }
  }
});

test('only what was asked for, and nothing that there cannot be', () => {
  const wanted = callFilter(['fd_write', '%network', 'js.write']);
  const calls = ['fd_write', 'fd_read', 'sock_send', 'connect', 'js.write', 'js.loop'];
  expect(calls.filter(wanted)).toEqual(['fd_write', 'sock_send', 'connect', 'js.write']);
  expect(callFilter(undefined)('anything')).toBe(true);
  for (const wrong of [[], ['openat'], ['%files'], ['']]) {
    expect(() => callFilter(wrong)).toThrow(expect.objectContaining({ code: 'Config', field: 'calls' }));
  }
});

test('events wait for their reader, and readers for events; the summary counts all', async () => {
  const queue = new TraceQueue();
  const read = { ...traceEvent({ ...event, args: {}, result: 0 }) };
  const failure = { ...read, call: 'fd_read', error: 'EBADF', duration: 2 };
  queue.push(read);
  expect(await queue.next()).toEqual({ done: false, value: read });
  const later = queue.next();
  queue.push(failure);
  expect(await later).toEqual({ done: false, value: failure });
  const never = queue.next();
  queue.end();
  expect([await never, await queue.next()]).toEqual([
    { done: true, value: undefined },
    { done: true, value: undefined },
  ]);
  expect(queue.summary()).toEqual({
    total: 2,
    calls: {
      path_open: { count: 1, errors: 0, seconds: 0.0015 },
      fd_read: { count: 1, errors: 1, seconds: 2 },
    },
  });
});
