import { describe, expect, test } from 'vitest';
import { parseStraceLine } from '../src/index.ts';

const at = '1795466224.620403';
const call = (text: string) => {
  const record = parseStraceLine(`8503  ${at} ${text}`);
  if (record?.kind !== 'call') throw new Error(`expected a call, got ${JSON.stringify(record)}`);
  return record;
};

describe('calls', () => {
  test('result and duration', () => {
    expect(call('close(1)        = 0 <0.000040>')).toEqual({
      kind: 'call',
      pid: 8503,
      at,
      call: 'close',
      args: ['1'],
      result: '0',
      duration: 0.00004,
    });
  });

  test('an error with its explanation', () => {
    expect(
      call('openat(AT_FDCWD, "/x, (y)", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000012>'),
    ).toMatchObject({
      args: ['AT_FDCWD', '"/x, (y)"', 'O_RDONLY'],
      result: '-1',
      error: 'ENOENT',
      detail: 'No such file or directory',
      duration: 0.000012,
    });
  });

  test.each([
    ['dup(3</a, b>) = 4</a, b> <0.1>', ['3</a, b>'], '4</a, b>', undefined],
    ['getpid() = 42', [], '42', undefined],
    ['brk(NULL)       = 0x55faf3a41000 <0.000009>', ['NULL'], '0x55faf3a41000', undefined],
    ['fcntl(5, F_GETFL) = 0x8402 (flags O_RDWR|O_APPEND)', ['5', 'F_GETFL'], '0x8402', undefined],
    [
      'poll([{fd=3, events=POLLIN}], 1, 10) = 0 (Timeout)',
      ['[{fd=3, events=POLLIN}]', '1', '10'],
      '0',
      undefined,
    ],
    ['poll([{fd=3}], 1, 10) = 1 ([{fd=3, revents=POLLIN}]) <0.1>', ['[{fd=3}]', '1', '10'], '1', undefined],
    ['exit_group(0)   = ?', ['0'], '?', undefined],
    ['futex(0x1, FUTEX_WAIT) = ? <unavailable>', ['0x1', 'FUTEX_WAIT'], '?', undefined],
    ['pause() = ? ERESTARTNOHAND (To be restarted if no handler) <0.02>', [], '?', 'ERESTARTNOHAND'],
    [
      'ioctl(3, _IOC(_IOC_READ, 0x54, 0x1, 0x4), 0x7f) = -1 (errno 530)',
      ['3', '_IOC(_IOC_READ, 0x54, 0x1, 0x4)', '0x7f'],
      '-1',
      'errno 530',
    ],
    ['mkdir("x", 0777) = -1 EPERM (Operation not permitted) (INJECTED)', ['"x"', '0777'], '-1', 'EPERM'],
    ['read(3, "\\") = 5, \\\\", 9) = 9 <0.1>', ['3', '"\\") = 5, \\\\"', '9'], '9', undefined],
    [
      'capset({pid=0}, {effective=1<<CAP_CHOWN|1<<CAP_KILL, permitted=0}) = 0',
      ['{pid=0}', '{effective=1<<CAP_CHOWN|1<<CAP_KILL, permitted=0}'],
      '0',
      undefined,
    ],
    [
      'execve("/bin/ls", ["ls", "a, b"], 0x7fff /* 35 vars, (or so) */) = 0',
      ['"/bin/ls"', '["ls", "a, b"]', '0x7fff /* 35 vars, (or so) */'],
      '0',
      undefined,
    ],
    [
      'sendto(4<TCP:[127.0.0.1:1->127.0.0.1:2]>, "x"..., 1, MSG_DONTWAIT, NULL, 0) = 1',
      ['4<TCP:[127.0.0.1:1->127.0.0.1:2]>', '"x"...', '1', 'MSG_DONTWAIT', 'NULL', '0'],
      '1',
      undefined,
    ],
    [
      'restart_syscall(<... resuming interrupted read ...>) = 0 <2.4>',
      ['<... resuming interrupted read ...>'],
      '0',
      undefined,
    ],
  ])('%s', (text, args, result, error) => {
    const record = call(text);
    expect(record.args).toEqual(args);
    expect(record.result).toBe(result);
    expect(record.error).toBe(error);
  });
});

test.each([
  [`123   ${at} close(1) = 0`, 123],
  [`[pid   123] ${at} close(1) = 0`, 123],
  [`123<node> ${at} close(1) = 0`, 123],
])('process id of %s', (line, pid) => expect(parseStraceLine(line)).toMatchObject({ kind: 'call', pid }));

test('a line without process id needs the default', () => {
  expect(parseStraceLine(`${at} close(1) = 0`)).toBeUndefined();
  expect(parseStraceLine(`${at} close(1) = 0`, { defaultPid: 7 })).toMatchObject({ pid: 7, call: 'close' });
});

test.each([
  [
    '--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=1} ---',
    {
      kind: 'signal',
      signal: 'SIGUSR1',
      stopped: false,
      info: 'si_signo=SIGUSR1, si_code=SI_USER, si_pid=1',
    },
  ],
  ['--- stopped by SIGSTOP ---', { kind: 'signal', signal: 'SIGSTOP', stopped: true }],
  ['+++ exited with 3 +++', { kind: 'exit', exit: { code: 3 } }],
  [
    '+++ killed by SIGSEGV (core dumped) +++',
    { kind: 'exit', exit: { signal: 'SIGSEGV', coreDumped: true } },
  ],
  ['+++ superseded by execve in pid 9 +++', { kind: 'superseded', by: 9 }],
  ['read(3,  <unfinished ...>', { kind: 'unfinished', call: 'read', text: '3,' }],
  ['wait4(-1,  <detached ...>', { kind: 'unfinished', call: 'wait4' }],
  ['<... read resumed>"a", 1) = 1 <0.1>', { kind: 'resumed', call: 'read', text: '"a", 1) = 1 <0.1>' }],
  ['[ Process PID=5 runs in 32 bit mode. ]', { kind: 'note' }],
])('%s', (text, expected) => expect(parseStraceLine(`5 ${at} ${text}`)).toMatchObject(expected));

test.each([
  '',
  'hello',
  '12 close(1) = 0',
  `5 ${at} `,
  `5 ${at} close(1)`,
  `5 ${at} close(1) = ok`,
  `5 ${at} +++ what +++`,
])('%j is not understood, and does not throw', (line) => expect(parseStraceLine(line)).toBeUndefined());
