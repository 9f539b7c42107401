import { HostDirectory } from '../../wasi/directory.ts';
import { Errno, errnoOf, WasiError } from '../../wasi/errno.ts';
import { openPath } from '../../wasi/path-open.ts';
import { Right } from '../../wasi/rights.ts';
import type { Script } from './script.ts';

/** Bytes of a file: a larger one would hold up other processes while it is read. */
const largest = 64 * 1024 * 1024;
const piece = 1024 * 1024;

const codes: Readonly<Record<number, readonly [string, string]>> = {
  [Errno.NoEntry]: ['ENOENT', 'no such file or directory'],
  [Errno.NotCapable]: ['EACCES', 'permission denied, not in a directory that the process was given'],
  [Errno.NotPermitted]: ['EACCES', 'permission denied, not in a directory that the process was given'],
  [Errno.Access]: ['EACCES', 'permission denied'],
  [Errno.IsDirectory]: ['EISDIR', 'illegal operation on a directory'],
  [Errno.NotDirectory]: ['ENOTDIR', 'not a directory'],
  [Errno.TooManyFiles]: ['EMFILE', 'too many open files'],
  [Errno.FileTooBig]: ['EFBIG', 'larger than 64 MiB'],
};

/** The directory of the process that a path is in, and the rest of the path. @throws WasiError ENOTCAPABLE */
function locate(script: Script, path: string): { directory: HostDirectory; rest: string } {
  const absolute = path.startsWith('/');
  let found: { directory: HostDirectory; guest: string } | undefined;
  for (let fd = 3; fd < 3 + script.process.descriptors.open; fd++) {
    let descriptor: unknown;
    try {
      descriptor = script.process.descriptors.get(fd);
    } catch {
      continue;
    }
    if (!(descriptor instanceof HostDirectory) || descriptor.preopen === undefined) continue;
    const guest = Buffer.from(descriptor.preopen).toString();
    const holds = absolute ? path === guest || path.startsWith(guest.replace(/\/?$/, '/')) : guest === '.';
    if (holds && guest.length >= (found?.guest.length ?? 0)) found = { directory: descriptor, guest };
  }
  if (found === undefined) throw new WasiError(Errno.NotCapable);
  const rest = absolute ? path.slice(found.guest.length).replace(/^\/+/, '') : path;
  return { directory: found.directory, rest: rest === '' ? '.' : rest };
}

async function read(script: Script, path: string): Promise<Uint8Array> {
  const { directory, rest } = locate(script, path);
  script.process.descriptors.reserve();
  const base = Right.FdRead | Right.FdSeek;
  const file = openPath(directory, { path: rest, follow: true, open: 0, base, inheriting: 0n, flags: 0 });
  const pieces: Uint8Array[] = [];
  try {
    if (file.read === undefined) throw new WasiError(Errno.IsDirectory);
    for (let size = 0; ; ) {
      const buffer = new Uint8Array(piece);
      const count = file.read([buffer]);
      if (count === 0) return Buffer.concat(pieces);
      if (count === undefined) {
        await script.process.block<void>((wake) => file.watchRead?.(wake) ?? (() => {}));
        continue;
      }
      pieces.push(buffer.subarray(0, count));
      size += count;
      if (size > largest) throw new WasiError(Errno.FileTooBig);
      if (script.process.isOver) await script.process.yield();
    }
  } finally {
    file.close();
  }
}

/** Reads a file for the script, which then takes it. @returns what is wrong, as JSON; `null` */
export async function openFile(script: Script, path: string): Promise<string> {
  try {
    script.opened = await read(script, path);
    return 'null';
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const [code, text] = codes[errno] ?? ['EIO', `error ${errno}`];
    return JSON.stringify({ code, message: `${code}: ${text}, open '${path}'` });
  }
}
