import type { Cases } from './cases.ts';
import type { Argument } from './steps.ts';
import {
  close,
  errno,
  mkdir,
  oflag,
  open,
  result,
  right,
  rmdir,
  root,
  step,
  type,
  unlink,
  value,
} from './vocabulary.ts';

const { create: creating, directory } = oflag;
const fd = value('fd');
const other = value('other');
const both = right.read | right.write;
const noFile = [errno.isdir, errno.badf, errno.notcapable];
const one = (at: number = result.buffer) => ({ buffers: [[at, 16]] as const });
const status = (which: Argument, at: number, answers: number | readonly number[] = 0) =>
  step('fd_fdstat_get', [which, at], answers);
const isDirectory = { at: result.fdstat, size: 1, is: type.directory } as const;

/** Descriptors and their numbers. */
export const descriptorCases: Cases = {
  close_preopen: [
    open('.', { flags: directory }),
    close(root),
    step('fd_fdstat_get', [fd, result.fdstat], 0, isDirectory),
    status(root, result.fdstat, errno.badf),
  ],
  overwrite_preopen: [
    mkdir('dir'),
    open('dir', { flags: directory, rights: right.stat }),
    step('fd_filestat_get', [fd, result.stat]),
    step('fd_renumber', [fd, root]),
    step(
      'fd_filestat_get',
      [root, result.otherStat],
      0,
      { at: result.otherStat, size: 8, is: { at: result.stat } },
      { at: result.otherStat + 8, size: 8, is: { at: result.stat + 8 } },
    ),
    status(fd, result.fdstat, errno.badf),
    close(root),
  ],
  renumber: [
    open('one', { flags: creating, rights: both }),
    status(fd, result.fdstat),
    open('two', { as: 'other', flags: creating, rights: both }),
    step('fd_renumber', [fd, other]),
    close(fd, errno.badf),
    step(
      'fd_fdstat_get',
      [other, result.otherFdstat],
      0,
      ...[0, 8, 16].map(
        (at) => ({ at: result.otherFdstat + at, size: 8, is: { at: result.fdstat + at } }) as const,
      ),
    ),
    step('fd_renumber', [other, fd], errno.badf),
    close(other),
    unlink('one'),
    unlink('two'),
  ],
  stdio: [0, 1, 2].flatMap((standard) => [
    open('file', { flags: creating }),
    step('fd_renumber', [standard, fd]),
    status(fd, result.fdstat),
    status(standard, result.fdstat, errno.badf),
  ]),
  isatty: [
    open('file', { flags: creating }),
    step('fd_fdstat_get', [fd, result.fdstat], 0, { at: result.fdstat, size: 1, is: type.file }),
    close(fd),
    unlink('file'),
  ],
  dir_fd_op_failures: [
    step('fd_filestat_get', [root, result.stat], 0, { at: result.stat + 16, size: 1, is: type.directory }),
    step(
      'fd_prestat_get',
      [root, result.other],
      0,
      { at: result.other, size: 1, is: 0 },
      { at: result.other + 4, is: 1 },
    ),
    step('fd_prestat_dir_name', [root, result.other, 0], [errno.inval, errno.nametoolong]),
    step('fd_prestat_dir_name', [root, result.other, 2], 0, { at: result.other, is: '/' }),
    step('fd_read', [root, one(), result.size], noFile),
    step('fd_pread', [root, one(), 0n, result.size], noFile),
    step('fd_write', [root, one(), result.size], noFile),
    step('fd_pwrite', [root, one(), 0n, result.size], noFile),
    ...[0, 1, 2].map((whence) => step('fd_seek', [root, 0n, whence, result.large], noFile)),
    step('fd_tell', [root, result.large], noFile),
    step('fd_allocate', [root, 0n, 1n], noFile),
    step('fd_filestat_set_size', [root, 0n], [...noFile, errno.inval]),
  ],
  directory_seek: [
    mkdir('dir'),
    open('dir', { flags: directory, rights: right.seek }),
    step('fd_seek', [fd, 0n, 1, result.large], noFile),
    step('fd_fdstat_get', [fd, result.fdstat], 0, isDirectory, {
      at: result.fdstat + 8,
      size: 8,
      is: 0,
      mask: right.seek,
    }),
    close(fd),
    rmdir('dir'),
  ],
};
