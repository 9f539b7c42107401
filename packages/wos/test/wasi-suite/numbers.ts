/** Error numbers of preview1. */
export const errno = {
  ok: 0,
  access: 2,
  badf: 8,
  exist: 20,
  ilseq: 25,
  inval: 28,
  isdir: 31,
  loop: 32,
  nametoolong: 37,
  noent: 44,
  notdir: 54,
  notempty: 55,
  notsock: 57,
  notsup: 58,
  perm: 63,
  notcapable: 76,
} as const;

/** Rights by the calls that need them. */
export const right = {
  datasync: 1n << 0n,
  read: 1n << 1n,
  seek: 1n << 2n,
  setFlags: 1n << 3n,
  tell: 1n << 5n,
  write: 1n << 6n,
  advise: 1n << 7n,
  allocate: 1n << 8n,
  createFile: 1n << 10n,
  linkSource: 1n << 11n,
  linkTarget: 1n << 12n,
  open: 1n << 13n,
  readdir: 1n << 14n,
  pathStat: 1n << 18n,
  pathSetSize: 1n << 19n,
  stat: 1n << 21n,
  setSize: 1n << 22n,
  setTimes: 1n << 23n,
  unlink: 1n << 26n,
} as const;

export const oflag = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;
export const type = { directory: 3, file: 4, link: 7 } as const;
