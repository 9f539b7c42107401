import { endianness } from 'node:os';
import { NotifyError } from './notify-error.ts';

/** `AF_UNIX` and the size of `sun_path`, unix(7). */
const familyUnix = 1;
const pathSize = 108;

/**
 * The `struct sockaddr_un` of a `$NOTIFY_SOCKET`, as sd_notify(3) reads it: an absolute path, or `@` and the name of an
 * abstract socket, whose address has a NUL in place of the `@` and ends with the name.
 * @throws NotifyError for any other address; `vsock:` is none of this machine's.
 */
export function socketAddress(path: string): Buffer {
  const isAbstract = path.startsWith('@');
  if ((!isAbstract && !path.startsWith('/')) || path.length < 2 || path.includes('\0')) {
    throw new NotifyError(
      `NOTIFY_SOCKET: expected an absolute path or @NAME, got ${JSON.stringify(path.slice(0, 120))}`,
    );
  }
  const name = Buffer.from(isAbstract ? `\0${path.slice(1)}` : `${path}\0`);
  if (name.length > pathSize) {
    const bytes = name.length - (isAbstract ? 0 : 1);
    throw new NotifyError(
      `NOTIFY_SOCKET: expected at most ${isAbstract ? pathSize : pathSize - 1} bytes, got ${bytes}`,
    );
  }
  const family = Buffer.alloc(2);
  if (endianness() === 'LE') family.writeUInt16LE(familyUnix);
  else family.writeUInt16BE(familyUnix);
  return Buffer.concat([family, name]);
}
