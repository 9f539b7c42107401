/** WASI preview1 rights (wasi/api.h of wasi-libc): one bit for each operation that a descriptor allows. */
export const Right = {
  FdDatasync: 1n << 0n,
  FdRead: 1n << 1n,
  FdSeek: 1n << 2n,
  FdFdstatSetFlags: 1n << 3n,
  FdSync: 1n << 4n,
  FdTell: 1n << 5n,
  FdWrite: 1n << 6n,
  FdAdvise: 1n << 7n,
  FdAllocate: 1n << 8n,
  PathCreateDirectory: 1n << 9n,
  PathCreateFile: 1n << 10n,
  PathLinkSource: 1n << 11n,
  PathLinkTarget: 1n << 12n,
  PathOpen: 1n << 13n,
  FdReaddir: 1n << 14n,
  PathReadlink: 1n << 15n,
  PathRenameSource: 1n << 16n,
  PathRenameTarget: 1n << 17n,
  PathFilestatGet: 1n << 18n,
  PathFilestatSetSize: 1n << 19n,
  PathFilestatSetTimes: 1n << 20n,
  FdFilestatGet: 1n << 21n,
  FdFilestatSetSize: 1n << 22n,
  FdFilestatSetTimes: 1n << 23n,
  PathSymlink: 1n << 24n,
  PathRemoveDirectory: 1n << 25n,
  PathUnlinkFile: 1n << 26n,
  PollFdReadwrite: 1n << 27n,
  SockShutdown: 1n << 28n,
  SockAccept: 1n << 29n,
} as const;

const union = (...rights: bigint[]): bigint => rights.reduce((all, right) => all | right, 0n);

const fileRead = union(
  Right.FdRead,
  Right.FdSeek,
  Right.FdTell,
  Right.FdFdstatSetFlags,
  Right.FdAdvise,
  Right.FdFilestatGet,
  Right.PollFdReadwrite,
);
const fileWrite = union(
  Right.FdWrite,
  Right.FdSync,
  Right.FdDatasync,
  Right.FdAllocate,
  Right.FdFilestatSetSize,
  Right.FdFilestatSetTimes,
);
const directoryRead = union(
  Right.PathOpen,
  Right.FdReaddir,
  Right.PathReadlink,
  Right.PathFilestatGet,
  Right.FdFilestatGet,
  Right.FdFdstatSetFlags,
);
const directoryWrite = union(
  Right.PathCreateDirectory,
  Right.PathCreateFile,
  Right.PathLinkSource,
  Right.PathLinkTarget,
  Right.PathRenameSource,
  Right.PathRenameTarget,
  Right.PathFilestatSetSize,
  Right.PathFilestatSetTimes,
  Right.PathSymlink,
  Right.PathRemoveDirectory,
  Right.PathUnlinkFile,
  Right.FdFilestatSetTimes,
  Right.FdSync,
  Right.FdDatasync,
);

/** What `fs:read` gives on a file, and what `fs:write` adds. */
export const fileRights = { read: fileRead, write: fileWrite, all: fileRead | fileWrite };
/** The same for a directory. */
export const directoryRights = {
  read: directoryRead,
  write: directoryWrite,
  all: directoryRead | directoryWrite,
};

export const streamInputRights = union(
  Right.FdRead,
  Right.FdFilestatGet,
  Right.PollFdReadwrite,
  Right.FdFdstatSetFlags,
);
export const streamOutputRights = union(
  Right.FdWrite,
  Right.FdFilestatGet,
  Right.PollFdReadwrite,
  Right.FdFdstatSetFlags,
  Right.FdSync,
  Right.FdDatasync,
);
export const connectionRights = streamInputRights | Right.FdWrite | Right.SockShutdown;
export const listenerRights = union(
  Right.SockAccept,
  Right.PollFdReadwrite,
  Right.FdFdstatSetFlags,
  Right.FdFilestatGet,
  Right.SockShutdown,
);
