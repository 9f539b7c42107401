import type { DaemonHandle, DaemonStatus } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { formatStatus } from '../src/cli/commands/status.ts';
import { describeEnd, describeMessage } from '../src/cli/describe.ts';
import { mapLimited } from '../src/cli/many.ts';
import { splitWords } from '../src/cli/split-words.ts';
import { formatFields, formatTable, paint, plain, strip } from '../src/cli/table.ts';

const handle: DaemonHandle = {
  version: 1,
  name: 'web',
  platform: 'native',
  id: 'a',
  data: { kind: 'native', pid: 7 },
};

describe('tables', () => {
  test('columns are aligned, and colours take no width', () => {
    const colors = paint(true);
    const text = formatTable(
      ['NAME', 'STATE', 'X'],
      [
        ['web', colors.green('running'), '1'],
        ['a-long-name', 'ok', ''],
      ],
    );
    expect(strip(text)).toBe('NAME         STATE    X\nweb          running  1\na-long-name  ok');
  });

  test('numbers to the right', () => {
    expect(
      formatTable(
        ['N', 'PID'],
        [
          ['a', '1'],
          ['b', '12345'],
        ],
        { right: ['PID'] },
      ),
    ).toBe('N    PID\na      1\nb  12345');
  });

  test('fields that are not there are left out', () => {
    expect(
      formatFields([
        ['Name', 'web'],
        ['Message', undefined],
        ['Restarts', '3'],
      ]),
    ).toBe('Name:     web\nRestarts: 3');
  });

  test('text from elsewhere cannot move the cursor', () => {
    expect(plain('a\u001B[2Jb\u001B]0;title\u0007c\nd\r\u009B1me')).toBe('abc d 1me');
  });
});

describe('status in words', () => {
  test.each<[DaemonStatus, string]>([
    [{ state: 'stopped', restarts: 0, exit: { code: 0 } }, 'web stopped (exit code 0)'],
    [
      { state: 'failed', reason: 'exit-code', restarts: 0, exit: { code: 3 } },
      'web failed (ended with an error (exit code 3))',
    ],
    [
      { state: 'failed', reason: 'signal', restarts: 0, exit: { signal: 'SIGSEGV', coreDumped: true } },
      'web failed (ended by a signal (SIGSEGV, core dumped))',
    ],
    [{ state: 'failed', reason: 'oom', restarts: 0 }, 'web failed (used more memory than it may)'],
    [{ state: 'running', pid: 7, startedAt: '2026-01-01T00:00:00Z', restarts: 0 }, 'web is running'],
  ])('%j', (status, text) => {
    expect(describeEnd(handle, status)).toBe(text);
  });

  test('health and message of a live one', () => {
    const status: DaemonStatus = {
      state: 'running',
      pid: 7,
      startedAt: new Date().toISOString(),
      restarts: 2,
      health: 'unhealthy',
      message: 'disk\nfull',
    };
    expect(describeMessage(status)).toBe('unhealthy; disk full');
    const text = formatStatus(handle, status);
    expect(text).toMatch(/^Started: {2}\S+ \(\d+ms ago\)$/m);
    expect(text).toMatch(/^Health: {3}unhealthy$/m);
    expect(text).toMatch(/^Message: {2}disk full$/m);
  });
});

describe('splitWords', () => {
  test.each([
    ['curl -f http://x', ['curl', '-f', 'http://x']],
    [`a "b c" 'd "e' f\\ g ""`, ['a', 'b c', 'd "e', 'f g', '']],
    ['echo $HOME * ; x', ['echo', '$HOME', '*', ';', 'x']],
    ['["a b","","c"]', ['a b', '', 'c']],
  ])('%s', (text, words) => {
    expect(splitWords(text, '--health-command')).toEqual(words);
  });

  test.each(['', '  ', '"open', 'end\\', '[1]', '[]', '["a"'])('refuses %j', (text) => {
    expect(() => splitWords(text, '--health-command')).toThrow(/^--health-command: /);
  });
});

test('mapLimited keeps the order and the limit', async () => {
  let under = 0;
  let most = 0;
  const work = async (item: number) => {
    under += 1;
    most = Math.max(most, under);
    await new Promise((resolve) => setTimeout(resolve, 5 - (item % 5)));
    under -= 1;
    return item * 2;
  };
  const items = Array.from({ length: 20 }, (_, index) => index);
  expect(await mapLimited(items, 4, work)).toEqual(items.map((item) => item * 2));
  expect(most).toBe(4);
});
