import { lstatSync, lutimesSync, mkdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { checkSlash, directoryOf } from './directory-of.ts';
import { Errno, WasiError } from './errno.ts';
import { openPath } from './path-open.ts';
import type { CallDefinition } from './process.ts';
import { atPlace, type Place } from './resolve.ts';
import { Right } from './rights.ts';
import { timesOf, writeStat } from './stat.ts';

/** Calls that take a directory and one path, and do one thing with what does not follow links. */
function onPlace(right: bigint, act: (path: string, place: Place) => void): CallDefinition {
  return {
    args: ['fd', 'path', 'length'],
    blocks: true,
    call: (process, fd: number, path: number, length: number) => {
      const directory = directoryOf(process, fd, right);
      atPlace(directory.host, process.memory.text(path, length), false, (place) => act(place.path, place));
      return Errno.Success;
    },
  };
}

export const pathCalls: Readonly<Record<string, CallDefinition>> = {
  path_open: {
    args: ['fd', 'lookup', 'path', 'length', 'oflags', 'rights', 'inheriting', 'flags', 'result'],
    blocks: true,
    call: (
      process,
      fd: number,
      lookup: number,
      path: number,
      length: number,
      open: number,
      base: bigint,
      inheriting: bigint,
      flags: number,
      result: number,
    ) => {
      const directory = directoryOf(process, fd, Right.PathOpen);
      process.memory.bytes(result, 4);
      process.descriptors.reserve();
      const opened = openPath(directory, {
        path: process.memory.text(path, length),
        follow: (lookup & 1) !== 0,
        open,
        base: BigInt.asUintN(64, base),
        inheriting: BigInt.asUintN(64, inheriting),
        flags,
      });
      process.memory.writeU32(result, process.descriptors.add(opened));
      return Errno.Success;
    },
  },
  path_create_directory: onPlace(Right.PathCreateDirectory, (path) => mkdirSync(path, 0o777)),
  path_remove_directory: onPlace(Right.PathRemoveDirectory, (path) => rmdirSync(path)),
  path_unlink_file: onPlace(Right.PathUnlinkFile, (path, place) => {
    checkSlash(place);
    if (lstatSync(path).isDirectory()) throw new WasiError(Errno.IsDirectory);
    unlinkSync(path);
  }),
  path_filestat_get: {
    args: ['fd', 'lookup', 'path', 'length', 'result'],
    blocks: true,
    call: (process, fd: number, lookup: number, path: number, length: number, result: number) => {
      const directory = directoryOf(process, fd, Right.PathFilestatGet);
      return atPlace(directory.host, process.memory.text(path, length), (lookup & 1) !== 0, (place) => {
        checkSlash(place);
        return writeStat(process.memory, result >>> 0, lstatSync(place.path, { bigint: true }));
      });
    },
  },
  path_filestat_set_times: {
    args: ['fd', 'lookup', 'path', 'length', 'atime', 'mtime', 'flags'],
    blocks: true,
    call: (
      process,
      fd: number,
      lookup: number,
      path: number,
      length: number,
      access: bigint,
      modified: bigint,
      flags: number,
    ) => {
      const directory = directoryOf(process, fd, Right.PathFilestatSetTimes);
      return atPlace(directory.host, process.memory.text(path, length), (lookup & 1) !== 0, (place) => {
        const times = timesOf(lstatSync(place.path, { bigint: true }), access, modified, flags);
        lutimesSync(place.path, times.access, times.modified);
        return Errno.Success;
      });
    },
  },
};
