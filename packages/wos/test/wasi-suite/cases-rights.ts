import type { Cases } from './cases.ts';
import {
  close,
  create,
  errno,
  oflag,
  open,
  put,
  read,
  result,
  right,
  root,
  seek,
  step,
  tell,
  type,
  unlink,
  value,
  write,
} from './vocabulary.ts';

const { create: creating, directory, truncate } = oflag;
const fd = value('fd');
const both = right.read | right.write;
const noRight = [errno.badf, errno.notcapable];
const one = (at: number = result.buffer) => ({ buffers: [[at, 16]] as const });
const isDirectory = { at: result.fdstat, size: 1, is: type.directory } as const;

/** What descriptors may be used for. */
export const rightsCases: Cases = {
  fd_fdstat_set_rights: [
    ...put('abcd', result.other),
    open('file', { flags: creating, rights: both | right.seek | right.tell }),
    write(fd, result.other, 4),
    seek(fd, 0, 0, 0),
    read(fd, result.buffer, 4, 4, { at: result.buffer, is: 'abcd' }),
    step('fd_fdstat_set_rights', [fd, right.seek | right.tell, 0n]),
    step(
      'fd_fdstat_get',
      [fd, result.fdstat],
      0,
      { at: result.fdstat + 8, size: 8, is: 0, mask: both },
      { at: result.fdstat + 8, size: 8, is: right.seek, mask: right.seek },
    ),
    step('fd_read', [fd, one(), result.size], noRight),
    step('fd_write', [fd, one(), result.size], noRight),
    tell(fd, 4),
    step('fd_fdstat_set_rights', [fd, both | right.seek | right.tell, 0n], errno.notcapable),
    close(fd),
    unlink('file'),
  ],
  truncation_rights: [
    ...create('file'),
    step(
      'fd_fdstat_get',
      [root, result.fdstat],
      0,
      isDirectory,
      { at: result.fdstat + 2, size: 2, is: 0 },
      { at: result.fdstat + 8, size: 8, is: 0, mask: right.setSize },
      { at: result.fdstat + 8, size: 8, is: right.pathSetSize, mask: right.pathSetSize },
    ),
    open('file', { flags: truncate }),
    close(fd),
    step('fd_fdstat_set_rights', [
      root,
      right.open | right.unlink | right.createFile | right.pathSetSize,
      both | right.setSize,
    ]),
    open('file', { flags: truncate }),
    close(fd),
    step('fd_fdstat_set_rights', [root, right.open | right.unlink | right.createFile, both]),
    open('file', { flags: truncate }, [...noRight, errno.perm]),
    open('file'),
    close(fd),
    unlink('file'),
  ],
  path_open_preopen: [
    step('fd_prestat_get', [root, result.other], 0, { at: result.other, size: 1, is: 0 }),
    step(
      'fd_fdstat_get',
      [root, result.fdstat],
      0,
      ...[right.open, right.readdir, right.pathStat, right.stat].map(
        (each) => ({ at: result.fdstat + 8, size: 8, is: each, mask: each }) as const,
      ),
      ...[both, right.seek, right.tell, right.advise].map(
        (each) => ({ at: result.fdstat + 16, size: 8, is: each, mask: each }) as const,
      ),
    ),
    open('.', { rights: right.open | right.readdir | right.stat, inheriting: both }),
    close(fd),
    open('.'),
    close(fd),
    open('.', { flags: directory }),
    close(fd),
    open('.', { flags: directory, rights: right.read }),
    close(fd),
    open('.', { flags: directory, rights: both }, [errno.isdir, errno.notcapable, errno.inval]),
  ],
  path_open_read_write: [
    ...put('abcd', result.other),
    ...create('file'),
    open('file', { rights: right.read }),
    step('fd_write', [fd, one(), result.size], noRight),
    read(fd, result.buffer, 4, 0),
    close(fd),
    open('file', { rights: right.write }),
    step('fd_read', [fd, one(), result.size], noRight),
    write(fd, result.other, 4),
    close(fd),
    open('file', { rights: both }),
    read(fd, result.buffer, 4, 4, { at: result.buffer, is: 'abcd' }),
    write(fd, result.other, 4),
    close(fd),
    unlink('file'),
  ],
};
