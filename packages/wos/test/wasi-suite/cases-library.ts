import type { Cases } from './cases.ts';
import {
  close,
  create,
  errno,
  oflag,
  open,
  pread,
  put,
  pwrite,
  read,
  result,
  right,
  seek,
  stat,
  step,
  value,
  write,
} from './vocabulary.ts';

const fd = value('fd');

/** What the C library of programs needs of files. */
export const libraryCases: Cases = {
  lseek: [
    open('file', { flags: oflag.create, rights: right.read | right.write | right.seek | right.tell }),
    ...put('01234567', result.other),
    write(fd, result.other, 8),
    seek(fd, 0, 0, 0),
    read(fd, result.buffer, 4, 4),
    seek(fd, 0, 1, 4),
    read(fd, result.buffer, 1, 1, { at: result.buffer, is: '4' }),
    seek(fd, 0, 1, 5),
    seek(fd, 0, 0, 0),
    seek(fd, 0, 2, 8),
    close(fd),
  ],
  'fopen-with-access': [
    ...create('file'),
    open('file', { rights: right.read }),
    read(fd, result.buffer, 4, 0),
    close(fd),
  ],
  'fopen-with-no-access': [
    open('../other/file', {}, [errno.notcapable, errno.perm]),
    step('fd_prestat_get', [4, result.other], errno.badf),
  ],
  'pread-with-access': [
    ...put('text', result.other),
    open('file', { flags: oflag.create, rights: right.read | right.write | right.seek }),
    write(fd, result.other, 4),
    pread(fd, result.buffer, 4, 0n, 4, { at: result.buffer, is: 'text' }),
    pread(fd, result.buffer, 2, 2n, 2, { at: result.buffer, is: 'xt' }),
    close(fd),
  ],
  'pwrite-with-access': [
    ...put('text', result.other),
    open('file', { flags: oflag.create, rights: right.read | right.write | right.seek | right.stat }),
    pwrite(fd, result.other, 4, 4n),
    stat(fd, { at: result.stat + 32, size: 8, is: 8 }),
    pread(fd, result.buffer, 4, 4n, 4, { at: result.buffer, is: 'text' }),
    close(fd),
  ],
};
