import { expect, test } from 'vitest';
import { parseDtrussLine } from '../src/parse-dtruss.ts';

/** Lines as the printf()s of dtruss make them: `%6d/0x%x:  `, `%8d `, `%7d `, then the call. */
const begin = Date.UTC(2026, 0, 2, 3, 4, 5);

test('a call that succeeds: name, arguments, result and times in their units', () => {
  const line = '  4711/0x1a2b3:      1500      25 open("/etc/hosts\\0", 0x0, 0x1B6)\t\t = 3 0';
  expect(parseDtrussLine(line, begin)).toEqual({
    time: '2026-01-02T03:04:05.001000Z',
    pid: 4711,
    call: 'open',
    args: ['"/etc/hosts"', '0x0', '0x1B6'],
    result: '3',
    duration: 0.000025,
  });
});

test('one that fails names the errno', () => {
  const line = '  4711/0x1:      10      2 stat64("/nowhere\\0", 0x7FFEE, 0x0)\t\t = -1 Err#2';
  expect(parseDtrussLine(line, begin)).toMatchObject({ call: 'stat64', result: '-1', error: 'errno 2' });
});

test('commas, quotes and parentheses inside of a string are of the string', () => {
  const line = ' 1/0x1:  1  1 write(0x1, "a, \\"b\\" (c) = 1 0\\0", 0x11)\t\t = 17 0';
  expect(parseDtrussLine(line, begin)).toMatchObject({
    args: ['0x1', '"a, \\"b\\" (c) = 1 0"', '0x11'],
    result: '17',
  });
});

test('a call without arguments', () => {
  expect(parseDtrussLine(' 1/0x1:  1  1 getpid(0x0, 0x0, 0x0)\t\t = 1 0', begin)?.args).toHaveLength(3);
  expect(parseDtrussLine(' 1/0x1:  1  1 sync()\t\t = 0 0', begin)?.args).toEqual([]);
});

test.each([
  ['\tPID/THRD  RELATIVE  ELAPSD SYSCALL(args) \t\t = return'],
  ['dtrace: system integrity protection is on, some features will not be available'],
  ['dtrace: failed to initialize dtrace: DTrace requires additional privileges'],
  ['what the program itself writes'],
  [''],
])('no call: %j', (line) => {
  expect(parseDtrussLine(line, begin)).toBeUndefined();
});
