import { readFileSync } from 'node:fs';
import type { TraceEvent } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { StraceParser, type StraceRecord, summarise } from '../src/index.ts';

const at = (seconds: number): string => `1795466224.${String(seconds * 1e6).padStart(6, '0')}`;

function parseAll(text: string, pieceLength = text.length + 1) {
  const records: StraceRecord[] = [];
  const parser = new StraceParser({ onRecord: (record) => records.push(record) });
  const events: TraceEvent[] = [];
  for (let from = 0; from < text.length; from += pieceLength) {
    events.push(...parser.push(text.slice(from, from + pieceLength)));
  }
  events.push(...parser.end());
  return { parser, records, events };
}

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url), 'utf8');

describe('real output of strace 6.1', () => {
  test.each(['threads', 'descriptors', 'superseded', 'detached', 'restarted', 'node'])(
    '%s: every line is understood, in pieces of any size',
    (name) => {
      const text = fixture(name);
      const whole = parseAll(text);
      expect(whole.parser.unparsed).toBe(0);
      expect(whole.records).toHaveLength(text.trimEnd().split('\n').length);
      // Nothing is lost: each call of the text is one event, also when it came in halves.
      const begun = whole.records.filter((record) => record.kind === 'call' || record.kind === 'unfinished');
      expect(whole.events).toHaveLength(begun.length);
      expect(parseAll(text, 7).events.slice(0, 10)).toEqual(whole.events.slice(0, 10));
    },
  );

  test('halves of a call become one event that begins when the call began', () => {
    const { events } = parseAll(fixture('threads'));
    expect(events.find((event) => event.call === 'read')).toEqual({
      time: '2026-11-23T20:46:10.917528Z',
      pid: 15742,
      call: 'read',
      args: ['3', '"x, \\"y\\"\\n"', '10'],
      result: '7',
      duration: 0.020261,
    });
    expect(events.find((event) => event.call === 'connect')).toMatchObject({
      args: ['6', '{sa_family=AF_UNIX, sun_path="/nonexistent/a,b"}', '110'],
      result: '-1',
      error: 'ENOENT',
    });
    expect(events.at(-1)).toMatchObject({ call: 'kill', result: '?' });
  });

  test('a name full of brackets and commas, in a decorated descriptor', () => {
    const { events } = parseAll(fixture('descriptors'));
    const open = events.find((event) => event.call === 'openat');
    expect(open?.args[1]).toBe('"/tmp/files/we <ird>, (na)me"');
    expect(open?.result).toBe('5</tmp/files/we \\74ird\\76, (na)me>');
    expect(events.find((event) => event.call === 'fcntl')?.args).toEqual([open?.result, 'F_GETFL']);
  });

  test('execve of another thread goes on under the id of the process', () => {
    const { events } = parseAll(fixture('superseded'));
    const calls = events.filter((event) => event.call === 'execve');
    expect(calls).toMatchObject([{ pid: 15765, result: '0', duration: 0.00173 }]);
    expect(events.find((event) => event.call === 'pause')).toMatchObject({ result: '?', duration: 0.021514 });
  });

  test('what was going on at detach is told, with result ?', () => {
    const { events } = parseAll(fixture('detached'));
    expect(events).toMatchObject([{ call: 'restart_syscall', result: '?' }]);
  });
});

test('a killed process leaves no half call behind', () => {
  const lines = [
    `1 ${at(0.1)} read(0,  <unfinished ...>`,
    `2 ${at(0.2)} futex(0x1, FUTEX_WAIT <unfinished ...>`,
    `1 ${at(0.3)} +++ killed by SIGKILL +++`,
    `2 ${at(0.4)} <... futex resumed> <unfinished ...>) = ?`,
    `2 ${at(0.5)} +++ exited with 0 +++`,
  ];
  const { events, parser } = parseAll(lines.join('\n'));
  expect(events).toMatchObject([
    { pid: 1, call: 'read', args: ['0'], result: '?', duration: 0.2 },
    { pid: 2, call: 'futex', args: ['0x1', 'FUTEX_WAIT'], result: '?', duration: 0.2 },
  ]);
  expect(parser.unparsed).toBe(0);
});

test('a call that goes on at the end has taken what the clock says, else what the lines say', () => {
  const text = `1 ${at(0.1)} read(0,  <unfinished ...>\n2 ${at(0.3)} close(1) = 0\n`;
  expect(parseAll(text).events.at(-1)).toMatchObject({ call: 'read', result: '?', duration: 0.2 });
  const parser = new StraceParser({ now: () => at(0.9) });
  parser.push(text);
  expect(parser.end()).toMatchObject([{ call: 'read', result: '?', duration: 0.8 }]);
});

test('lines that are none of strace are counted, not thrown', () => {
  const { events, parser } = parseAll(
    `garbage\n1 ${at(0.1)} close(1) = 0\n\n\0\x1b[2J\n<... x resumed>) = 1\n`,
  );
  expect(events).toHaveLength(1);
  expect(parser.unparsed).toBe(3);
});

test('an endless line costs no memory and is one unparsed line', () => {
  const parser = new StraceParser();
  for (let piece = 0; piece < 20; piece += 1) parser.push('x'.repeat(1024 * 1024));
  expect(parser.push(`\n1 ${at(0.1)} close(1) = 0\n`)).toHaveLength(1);
  expect(parser.unparsed).toBe(1);
});

test('summarise counts calls, errors and seconds; the longest come first', () => {
  const { events } = parseAll(fixture('threads'));
  const { calls, total } = summarise(events);
  expect(total).toBe(events.length);
  expect(calls.connect).toEqual({ count: 1, errors: 1, seconds: 0.000022 });
  expect(calls.clock_nanosleep).toEqual({ count: 2, errors: 0, seconds: 0.040232 });
  expect(Object.keys(calls)[0]).toBe('clock_nanosleep');
});
