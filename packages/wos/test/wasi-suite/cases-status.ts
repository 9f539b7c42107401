import type { Cases } from './cases.ts';
import {
  close,
  create,
  errno,
  mkdir,
  oflag,
  open,
  path,
  pathStat,
  read,
  result,
  right,
  rmdir,
  root,
  sizeIs,
  stat,
  step,
  unlink,
  value,
  write,
} from './vocabulary.ts';

const { create: creating, truncate } = oflag;
const fd = value('fd');
const both = right.read | right.write;
const end = [close(fd), unlink('file')];
const mtime = result.stat + 48;
const setTimes = (flags: number, answers: number | readonly number[] = 0) =>
  step('fd_filestat_set_times', [fd, 100n, 200n, flags], answers);
const allocate = (offset: bigint, length: bigint) => step('fd_allocate', [fd, offset, length]);

/** What files are told to be: sizes, times, identities. */
export const statusCases: Cases = {
  file_truncation: [
    open('file', { flags: creating, rights: right.write }),
    write(fd, result.other, 30),
    close(fd),
    open('file', { flags: creating | truncate, rights: both }),
    read(fd, result.buffer, 100, 0),
    ...end,
  ],
  fd_advise: [
    open('file', {
      flags: creating,
      rights: both | right.advise | right.stat | right.setSize | right.allocate,
    }),
    stat(fd, sizeIs(0)),
    step('fd_filestat_set_size', [fd, 100n]),
    stat(fd, sizeIs(100)),
    step('fd_advise', [fd, 10n, 50n, 0]),
    stat(fd, sizeIs(100)),
    allocate(100n, 100n),
    stat(fd, sizeIs(200)),
    ...end,
  ],
  fd_filestat_set: [
    open('file', { flags: creating, rights: both | right.stat | right.setSize | right.setTimes }),
    stat(fd, sizeIs(0)),
    step('fd_filestat_set_size', [fd, 100n]),
    stat(fd, sizeIs(100)),
    // Whole seconds, and then one nanosecond more.
    step('fd_filestat_set_times', [fd, 0n, 1_700_000_000_000_000_000n, 4]),
    stat(fd, { at: mtime, size: 8, is: 1_700_000_000_000_000_000n }),
    step('fd_filestat_set_times', [fd, 0n, 1_700_000_000_000_000_001n, 4]),
    stat(fd, { at: mtime, size: 8, is: 1_700_000_000_000_000_001n }),
    ...end,
  ],
  fstflags_validate: [
    open('file', { flags: creating, rights: right.read | right.setTimes }),
    setTimes(4 | 8, errno.inval),
    setTimes(1 | 2, errno.inval),
    setTimes(1 | 4),
    ...end,
  ],
  path_filestat: [
    open('file', { flags: creating, rights: both, fdflags: 1 | 16 }),
    step('fd_fdstat_get', [fd, result.fdstat], 0, { at: result.fdstat + 2, size: 2, is: 17 }),
    pathStat('file', false, sizeIs(0)),
    step(
      'path_filestat_set_times',
      [root, 0, path('file'), 0n, 1_700_000_000_000_000_001n, 4 | 8],
      errno.inval,
    ),
    step('path_filestat_set_times', [root, 0, path('file'), 1n, 0n, 1 | 2], errno.inval),
    step('path_filestat_set_times', [root, 0, path('file'), 0n, 1_700_000_000_000_000_001n, 4]),
    pathStat('file', false, { at: mtime, size: 8, is: 1_700_000_000_000_000_001n }),
    ...end,
  ],
  symlink_filestat: [
    ...create('file'),
    step('path_symlink', [path('file'), root, path('link')]),
    pathStat('file', false),
    step('path_filestat_get', [root, 0, path('file'), result.otherStat]),
    step('path_filestat_set_times', [root, 0, path('link'), 0n, 1_700_000_000_000_000_001n, 4]),
    // The link's time, and not the file's.
    pathStat('file', false, { at: mtime, size: 8, is: { at: result.otherStat + 48 } }),
    pathStat('link', true, { at: mtime, size: 8, is: { at: result.otherStat + 48 } }),
    pathStat('link', false, { at: mtime, size: 8, is: 1_700_000_000_000_000_001n }),
    unlink('link'),
    unlink('file'),
  ],
  dangling_fd: [
    open('file', { as: 'other', flags: creating }),
    unlink('file'),
    ...create('file'),
    close(value('other')),
    unlink('file'),
    mkdir('dir'),
    open('dir', { flags: oflag.directory }),
    rmdir('dir'),
    mkdir('dir'),
    close(fd),
    rmdir('dir'),
  ],
  'stat-dev-ino': [
    ...create('one'),
    ...create('two'),
    pathStat('one', false),
    step('path_filestat_get', [root, 0, path('two'), result.otherStat]),
    pathStat(
      'one',
      false,
      { at: result.stat, size: 8, is: { at: result.otherStat } },
      { at: result.stat + 8, size: 8, is: { at: result.otherStat + 8 }, not: true },
    ),
    unlink('one'),
    unlink('two'),
  ],
};
