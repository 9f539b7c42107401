import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

/** sockaddr_un.sun_path, unix(7), less its NUL: bytes. */
const longest = 107;

/** A path of a socket that is short enough to connect to or to listen at, until it is closed. @throws system errors for a folder that is gone */
export function shortSocketPath(folder: string, name: string): { readonly path: string; close(): void } {
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= longest) return { path, close: () => undefined };
  const fd = openSync(folder, 'r');
  return { path: `/proc/self/fd/${fd}/${name}`, close: () => closeSync(fd) };
}
