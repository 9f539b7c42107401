import { closeSync, mkdtempSync, openSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** sockaddr_un.sun_path, unix(7) of Linux and unix(4) of macOS, less its NUL: bytes. */
const longest = (platform: string): number => (platform === 'linux' ? 107 : 103);

export interface SocketPath {
  readonly path: string;
  close(): void;
}

/**
 * A path of the control socket in a daemon's folder that is short enough to connect to, until it is closed. `undefined` when the folder
 * is gone.
 */
export function openSocketPath(folder: string, platform: string = process.platform): SocketPath | undefined {
  const path = join(folder, 'control');
  if (Buffer.byteLength(path) <= longest(platform)) return { path, close: () => undefined };
  try {
    return platform === 'linux' ? byDescriptor(folder) : byLink(folder);
  } catch {
    return undefined;
  }
}

function byDescriptor(folder: string): SocketPath {
  const fd = openSync(folder, 'r');
  return { path: `/proc/self/fd/${fd}/control`, close: () => closeSync(fd) };
}

/** Where a descriptor has no path, a link in a folder of our own is short. */
function byLink(folder: string): SocketPath {
  const own = mkdtempSync(join(tmpdir(), 'dn-'));
  symlinkSync(folder, join(own, 'd'));
  return { path: join(own, 'd', 'control'), close: () => rmSync(own, { recursive: true, force: true }) };
}
