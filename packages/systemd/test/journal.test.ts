import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { accessProblem } from '../src/journal/access.ts';
import { Alarm } from '../src/journal/alarm.ts';
import { LineJoiner, type Piece } from '../src/journal/line-joiner.ts';
import { earliest, isSince } from '../src/journal/query.ts';
import { countLast } from '../src/journal/rate-limit.ts';
import { isoOf } from '../src/journal/read-journal.ts';
import { userIdOf } from '../src/journal/user-id.ts';
import { itWhen } from './when.ts';

const lineMax = 48 * 1024;

/** What journald makes of the bytes of one connection (stdout_stream_scan() and stdout_stream_line() of journald-stream.c). */
function pieces(bytes: Buffer, streamId = 's', stream: Piece['stream'] = 'stdout'): Piece[] {
  const result: Piece[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const head = rest.subarray(0, lineMax);
    const end = head.findIndex((byte) => byte === 10 || byte === 0);
    const size = end < 0 ? head.length : end;
    const why =
      end >= 0 ? (head[end] === 0 ? 'nul' : undefined) : rest.length >= lineMax ? 'line-max' : undefined;
    const latin1 = head.toString('latin1', 0, size);
    const text = Buffer.from(/^[ \t\r]*$/.test(latin1) ? latin1 : latin1.replace(/[ \t\r]+$/, ''), 'latin1');
    rest = rest.subarray(end < 0 ? size : size + 1);
    if (text.length > 0)
      result.push({ usec: result.length, stream, streamId, bytes: text, ...(why ? { brokenBy: why } : {}) });
  }
  return result;
}

function join_(all: readonly Piece[]): string[] {
  const joiner = new LineJoiner();
  const lines = all.flatMap((piece) => joiner.add(piece) ?? []);
  return [...lines, ...joiner.rest()].map(({ text }) => text);
}

describe('LineJoiner', () => {
  it('gives a line that was not broken as it is', () => {
    expect(join_(pieces(Buffer.from('  one\n\u001b[31mtwo\u001b[0m\nthree')))).toEqual([
      '  one',
      '\u001b[31mtwo\u001b[0m',
      'three',
    ]);
  });

  it('joins what NULs have separated, with the NULs', () => {
    expect(join_(pieces(Buffer.from('a\0b\0c\nd\n')))).toEqual(['a\0b\0c', 'd']);
  });

  it('joins a line longer than LineMax, also where a character lies across the break', () => {
    const text = `x${'é'.repeat(100_000)}`;
    expect(join_(pieces(Buffer.from(`${text}\nnext\n`)))).toEqual([text, 'next']);
  });

  it('puts the spaces back that journald takes off before a break', () => {
    const text = `${'x'.repeat(lineMax - 3)}   ${'y'.repeat(10)}`;
    expect(join_(pieces(Buffer.from(`${text}\n`)))).toEqual([text]);
  });

  it('joins each connection on its own, and a line has the time of its begin', () => {
    const joiner = new LineJoiner();
    const piece = (usec: number, streamId: string, text: string, brokenBy?: 'nul'): Piece => ({
      usec,
      stream: streamId === 'e' ? 'stderr' : 'stdout',
      streamId,
      bytes: Buffer.from(text),
      ...(brokenBy ? { brokenBy } : {}),
    });
    expect(joiner.add(piece(1, 'o', 'a', 'nul'))).toBeUndefined();
    expect(joiner.isOpen).toBe(true);
    expect(joiner.add(piece(2, 'e', 'error'))).toEqual({ usec: 2, stream: 'stderr', text: 'error' });
    expect(joiner.add(piece(3, 'o', 'b'))).toEqual({ usec: 1, stream: 'stdout', text: 'a\0b' });
    expect(joiner.isOpen).toBe(false);
  });

  it('gives a line without an end at the end', () => {
    const joiner = new LineJoiner();
    for (const piece of pieces(Buffer.from('a\0b\0'))) joiner.add(piece);
    expect(joiner.rest().map(({ text }) => text)).toEqual(['a\0b']);
    expect(joiner.rest()).toEqual([]);
  });

  it('gives a line that does not end in parts', () => {
    const joiner = new LineJoiner();
    const bytes = Buffer.alloc(lineMax, 'x');
    let first: string | undefined;
    for (let count = 0; count < 400 && first === undefined; count += 1)
      first = joiner.add({ usec: 1, stream: 'stdout', streamId: 's', bytes, brokenBy: 'line-max' })?.text;
    expect(first?.length).toBeGreaterThan(16_000_000);
    expect(joiner.isOpen).toBe(false);
  });

  it('replaces bytes that are no UTF-8', () => {
    expect(join_(pieces(Buffer.from([97, 0xff, 98, 10])))).toEqual(['a\ufffdb']);
  });

  it('gives back whatever lines were written', () => {
    const text = fc.oneof(
      fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
      fc.integer({ min: lineMax - 40, max: 3 * lineMax }).map((size) => '0123456789é'.repeat(size / 12)),
    );
    // What journald cannot keep: white space at an end, a NUL at an end or next to another, a line that ends at a break.
    const kept = text
      .map((line) => line.replace(/[\n\0]/g, '').replace(/\s+$/, ''))
      .filter((line) => line !== '' && Buffer.byteLength(line) % lineMax !== 0);
    fc.assert(
      fc.property(fc.array(kept, { maxLength: 8 }), (lines) => {
        expect(join_(pieces(Buffer.from(lines.map((line) => `${line}\n`).join(''))))).toEqual(lines);
      }),
    );
  });
});

describe('which entries are of the daemon', () => {
  const created = { bootId: 'b', monotonicUsec: 1000n, wallUsec: 5_000_000n };

  it('is decided by the monotonic clock within a boot, whatever the other says', () => {
    const stamp = { isSameBoot: true, realtimeUsec: 1 };
    expect(isSince(created, { ...stamp, monotonicUsec: 1000n })).toBe(true);
    expect(isSince(created, { ...stamp, realtimeUsec: 9_000_000, monotonicUsec: 999n })).toBe(false);
  });

  it('is decided by the time of day in another boot', () => {
    const stamp = { isSameBoot: false, monotonicUsec: 1n };
    expect(isSince(created, { ...stamp, realtimeUsec: 5_000_001 })).toBe(true);
    expect(isSince(created, { ...stamp, realtimeUsec: 5_000_000 })).toBe(false);
  });

  it('begins no later than the daemon was made, by the clock of then and of now', () => {
    const now = { bootId: 'b', monotonicUsec: 3000n };
    expect(earliest(created, { ...now, wallUsec: 5_002_000n })).toBe(4_000_000);
    // Set back by two seconds: it was made at 3 seconds, as it is counted now.
    expect(earliest(created, { ...now, wallUsec: 3_002_000n })).toBe(2_000_000);
    expect(earliest(created, { ...now, bootId: 'c', wallUsec: 3_002_000n })).toBeLessThan(0);
  });
});

it('userIdOf knows names and numbers', async () => {
  expect(await userIdOf('root')).toBe(0);
  expect(await userIdOf(1234)).toBe(1234);
  expect(await userIdOf('1234')).toBe(1234);
  expect(await userIdOf('no-such-user')).toBeUndefined();
});

it('countLast counts as journald does: an interval begins with the first entry after the one before', () => {
  const second = 1_000_000;
  expect(countLast([])).toBe(0);
  expect(countLast([0, 1, 30 * second])).toBe(3);
  expect(countLast([0, 1, 30 * second + 1])).toBe(1);
  expect(countLast([0, 20 * second, 40 * second, 60 * second, 71 * second])).toBe(1);
});

it('isoOf has microseconds', () => {
  expect(isoOf(1_700_000_000_000_007)).toBe('2023-11-14T22:13:20.000007Z');
  expect(isoOf(1_700_000_000_123_456)).toBe('2023-11-14T22:13:20.123456Z');
});

describe('Alarm', () => {
  it('ends a wait early when the promise settles, also by rejection', async () => {
    const { promise, reject } = Promise.withResolvers<void>();
    const alarm = new Alarm(promise, undefined);
    const waiting = alarm.wait(60_000);
    reject(new Error('over'));
    await waiting;
    expect(alarm.isOver).toBe(true);
    await alarm.wait(60_000);
  });

  it('ends a wait early by the signal', async () => {
    const controller = new AbortController();
    const alarm = new Alarm(undefined, controller.signal);
    const waiting = alarm.wait(60_000);
    controller.abort();
    await waiting;
    expect(alarm.isOver).toBe(false);
    alarm.close();
  });

  it('waits', async () => {
    const begin = performance.now();
    await Promise.race([new Alarm(undefined, undefined).wait(30), delay(5000)]);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(29);
  });
});

describe('accessProblem', () => {
  const roots: string[] = [];
  const makeRoot = (...files: string[]): string => {
    const root = mkdtempSync(join(tmpdir(), 'duende-journal-test-'));
    roots.push(root);
    mkdirSync(join(root, 'etc'));
    writeFileSync(join(root, 'etc/machine-id'), 'abc\n');
    for (const file of files) {
      mkdirSync(join(root, file, '..'), { recursive: true });
      writeFileSync(join(root, file), '', { mode: file.endsWith('system.journal') ? 0o000 : 0o600 });
    }
    return root;
  };
  afterEach(() => {
    for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
  });
  const reasonOf = (...args: Parameters<typeof accessProblem>): string => {
    const problem = accessProblem(...args);
    return problem ? `${problem.error.reason}${problem.isCertain ? '' : ' perhaps'}` : 'none';
  };
  const isRoot = process.geteuid?.() === 0;
  const persistent = 'var/log/journal/abc/system.journal';
  const ofUser = 'var/log/journal/abc/user-1500.journal';

  it('says that journald keeps nothing', () => {
    expect(reasonOf('system', 0, makeRoot())).toBe('unavailable');
    expect(reasonOf('user', 1500, makeRoot())).toBe('unavailable');
  });

  it("lets users read their own file, whoever may read the system's", () => {
    expect(reasonOf('user', 1500, makeRoot(persistent, ofUser))).toBe('none');
  });

  it('knows that the file of a user may have been archived a moment ago', () => {
    const archived = 'var/log/journal/abc/user-1500@5-1-2.journal';
    expect(reasonOf('user', 1500, makeRoot(persistent, archived))).toBe('none');
  });

  itWhen(!isRoot)('says that a user may not read', () => {
    expect(reasonOf('system', 1500, makeRoot(persistent, ofUser))).toBe('permission-denied');
    // Users of the system have no file of their own.
    expect(reasonOf('user', 998, makeRoot(persistent))).toBe('permission-denied');
    const runtime = makeRoot('run/log/journal/abc/system.journal');
    expect(reasonOf('user', 1500, runtime)).toBe('permission-denied');
    expect(accessProblem('user', 1500, runtime)?.error.message).toContain(
      '/run/log/journal/abc/system.journal',
    );
    // journald's own folder there cannot even be looked into.
    chmodSync(join(runtime, 'run/log/journal/abc'), 0o000);
    expect(reasonOf('user', 1500, runtime)).toBe('permission-denied');
    // It may have been left there: lines will tell.
    mkdirSync(join(runtime, 'var/log/journal/abc'), { recursive: true });
    writeFileSync(join(runtime, ofUser), '');
    expect(reasonOf('user', 1500, runtime)).toBe('permission-denied perhaps');
    chmodSync(join(runtime, 'run/log/journal/abc'), 0o700);
  });
});
