import { linkSync, lstatSync, readlinkSync, renameSync, symlinkSync } from 'node:fs';
import { checkSlash, directoryOf } from './directory-of.ts';
import { Errno, WasiError } from './errno.ts';
import type { CallDefinition, WasiProcess } from './process.ts';
import { atPlace, type Place } from './resolve.ts';
import { Right } from './rights.ts';

function pair(
  process: WasiProcess,
  from: { fd: number; path: number; length: number; right: bigint },
  to: { fd: number; path: number; length: number; right: bigint },
  act: (from: Place, to: Place) => void,
): number {
  const [source, target] = [directoryOf(process, from.fd, from.right), directoryOf(process, to.fd, to.right)];
  const [old, next] = [process.memory.text(from.path, from.length), process.memory.text(to.path, to.length)];
  atPlace(source.host, old, false, (place) =>
    atPlace(target.host, next, false, (other) => act(place, other)),
  );
  return Errno.Success;
}

/** Names of files: hard and symbolic links, and other names. */
export const linkCalls: Readonly<Record<string, CallDefinition>> = {
  path_link: {
    args: ['fd', 'lookup', 'path', 'length', 'to', 'target', 'target_length'],
    blocks: true,
    call: (
      process,
      fd: number,
      lookup: number,
      path: number,
      length: number,
      to: number,
      target: number,
      size: number,
    ) => {
      if ((lookup & 1) !== 0) return Errno.Invalid;
      return pair(
        process,
        { fd, path, length, right: Right.PathLinkSource },
        { fd: to, path: target, length: size, right: Right.PathLinkTarget },
        (from, next) => {
          if (next.directory) throw new WasiError(Errno.NoEntry);
          checkSlash(from);
          linkSync(from.path, next.path);
        },
      );
    },
  },
  path_rename: {
    args: ['fd', 'path', 'length', 'to', 'target', 'target_length'],
    blocks: true,
    call: (process, fd: number, path: number, length: number, to: number, target: number, size: number) =>
      pair(
        process,
        { fd, path, length, right: Right.PathRenameSource },
        { fd: to, path: target, length: size, right: Right.PathRenameTarget },
        (from, next) => {
          checkSlash(from);
          if (next.directory && !lstatSync(from.path).isDirectory()) throw new WasiError(Errno.NotDirectory);
          renameSync(from.path, next.path);
        },
      ),
  },
  path_readlink: {
    args: ['fd', 'path', 'length', 'buffer', 'size', 'result'],
    blocks: true,
    call: (
      process,
      fd: number,
      path: number,
      length: number,
      buffer: number,
      size: number,
      result: number,
    ) => {
      const directory = directoryOf(process, fd, Right.PathReadlink);
      const target = atPlace(directory.host, process.memory.text(path, length), false, (place) =>
        readlinkSync(place.path, 'buffer'),
      );
      // Where an absolute link leads is a path of the host.
      if (target[0] === 47) return Errno.NotPermitted;
      const cut = target.subarray(0, size >>> 0);
      process.memory.writeU32(result, cut.length);
      process.memory.bytes(buffer, cut.length).set(cut);
      return Errno.Success;
    },
  },
  path_symlink: {
    args: ['target', 'target_length', 'fd', 'path', 'length'],
    blocks: true,
    call: (process, target: number, size: number, fd: number, path: number, length: number) => {
      const directory = directoryOf(process, fd, Right.PathSymlink);
      const text = process.memory.text(target, size);
      if (text.startsWith('/')) return Errno.NotPermitted;
      atPlace(directory.host, process.memory.text(path, length), false, (place) => {
        // `name/` names a directory, which a new link is not: ENOENT of lstat(), or what is there already.
        if (place.directory)
          throw new WasiError(lstatSync(place.path).isDirectory() ? Errno.Exists : Errno.NotDirectory);
        symlinkSync(text, place.path);
      });
      return Errno.Success;
    },
  },
};
