import type { Cases } from './cases.ts';
import {
  close,
  create,
  errno,
  mkdir,
  oflag,
  open,
  pathStat,
  result,
  right,
  rmdir,
  root,
  step,
  type,
  unlink,
  value,
} from './vocabulary.ts';

const fd = value('fd');
const clocks = { realtime: 0, monotonic: 1 } as const;
/** `.` and `..` first, as the host's own come: their types. */
const dots = { at: result.buffer + 20, size: 1, is: type.directory } as const;
/** `__wasi_subscription_t` of a clock or a descriptor. */
function subscription({
  kind,
  fd = 0,
  timeout = 0n,
  userdata,
}: {
  kind: number;
  fd?: number;
  timeout?: bigint;
  userdata: bigint;
}): Buffer {
  const bytes = Buffer.alloc(48);
  bytes.writeBigUInt64LE(userdata, 0);
  bytes.writeUInt8(kind, 8);
  bytes.writeUInt32LE(kind === 0 ? clocks.monotonic : fd, 16);
  bytes.writeBigUInt64LE(timeout, 24);
  return bytes;
}
const soon = { kind: 0, timeout: 20_000_000n, userdata: 3n };
const subscriptions = Buffer.concat([
  ...[{ kind: 2, fd: 1, userdata: 1n }, { kind: 2, fd: 2, userdata: 2n }, soon].map(subscription),
  ...[soon, { kind: 1, fd: 0, userdata: 4n }, soon].map(subscription),
]);
/** An event: of whom, without an error, of which kind. */
const event = (at: number, userdata: number, kind: number) =>
  [
    { at, size: 8, is: userdata },
    { at: at + 8, size: 2, is: 0 },
    { at: at + 10, size: 1, is: kind },
  ] as const;

/** Directories are read, and descriptors polled. */
export const directoryCases: Cases = {
  'fdopendir-with-access': [
    mkdir('dir'),
    ...create('dir/f'),
    open('dir', { flags: oflag.directory, rights: right.readdir }),
    pathStat('dir/f', false),
    step(
      'fd_readdir',
      [fd, result.buffer, 512, 2n, result.size],
      0,
      { at: result.size, is: 25 },
      { at: result.buffer + 8, size: 8, is: { at: result.stat + 8 } },
      { at: result.buffer + 24, is: 'f' },
    ),
    close(fd),
    unlink('dir/f'),
    rmdir('dir'),
  ],
  fd_readdir: [
    step('fd_filestat_get', [root, result.stat]),
    // 24 bytes before each name: next cookie, inode, length, type.
    step(
      'fd_readdir',
      [root, result.buffer, 512, 0n, result.size],
      0,
      { at: result.size, is: 51 },
      dots,
      { at: result.buffer + 8, size: 8, is: { at: result.stat + 8 } },
      { at: result.buffer + 16, is: 1 },
      { at: result.buffer + 24, is: '.' },
      { at: result.buffer + 49, is: '..' },
    ),
    ...create('file'),
    pathStat('file', false),
    step('fd_readdir', [root, result.other, 512, 0n, result.size], 0, { at: result.size, is: 79 }),
    step(
      'fd_readdir',
      [root, result.buffer, 512, 2n, result.size],
      0,
      { at: result.size, is: 28 },
      { at: result.buffer + 20, size: 1, is: type.file },
      { at: result.buffer + 8, size: 8, is: { at: result.stat + 8 } },
      { at: result.buffer + 24, is: 'file' },
    ),
    // As much as fits of an entry; and one byte of room is not the end.
    step('fd_readdir', [root, result.buffer, 30, 0n, result.size], 0, { at: result.size, is: 30 }),
    step('fd_readdir', [root, result.buffer, 512, 3n, result.size], 0, { at: result.size, is: 0 }),
    unlink('file'),
  ],
  poll_oneoff_stdio: {
    memory: [result.other, subscriptions],
    steps: [
      // No subscriptions are none that could ever come.
      step('poll_oneoff', [result.other, 2048, 0, result.size], errno.inval),
      // Standard output and error are ready before the clock is.
      step(
        'poll_oneoff',
        [result.other, 2048, 3, result.size],
        0,
        { at: result.size, is: 2 },
        ...event(2048, 1, 2),
        ...event(2080, 2, 2),
      ),
      // Standard input has ended.
      step('poll_oneoff', [result.other + 144, 2048, 2, result.size], 0, ...event(2048, 4, 1)),
      step(
        'poll_oneoff',
        [result.other + 240, 2048, 1, result.size],
        0,
        { at: result.size, is: 1 },
        ...event(2048, 3, 0),
      ),
    ],
  },
};
