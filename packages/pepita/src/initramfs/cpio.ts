/** One thing in an archive; its path is absolute. Everything belongs to root and has the time 0. */
export type CpioEntry = { readonly path: string; readonly mode: number } & (
  | { readonly type: 'directory' }
  | { readonly type: 'file'; readonly content: Buffer }
  | { readonly type: 'symlink'; readonly target: string }
  /** A character device. */
  | { readonly type: 'device'; readonly major: number; readonly minor: number }
);

/** File types of st_mode, inode(7). */
const types = { directory: 0o040000, file: 0o100000, symlink: 0o120000, device: 0o020000 } as const;

/** Headers and contents each begin at a multiple of these bytes. */
const alignment = 4;
const padding = (size: number): Buffer => Buffer.alloc((alignment - (size % alignment)) % alignment);

interface Header {
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly size: number;
  readonly major: number;
  readonly minor: number;
  readonly name: string;
}

/** Documentation/driver-api/early-userspace/buffer-format.rst: `070701`, then thirteen numbers of eight hex digits. */
function headerOf({ inode, mode, links, size, major, minor, name }: Header): Buffer {
  const length = Buffer.byteLength(name) + 1;
  const numbers = [inode, mode, 0, 0, links, 0, size, 0, 0, major, minor, length, 0];
  const text = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}${name}\0`;
  const bytes = Buffer.from(text);
  return Buffer.concat([bytes, padding(bytes.length)]);
}

const contentOf = (entry: CpioEntry): Buffer =>
  entry.type === 'file' ? entry.content : Buffer.from(entry.type === 'symlink' ? entry.target : '');

/** An archive for the kernel's initramfs (cpio "newc"), not compressed. Folders must come before what is in them. */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  const pieces = entries.flatMap((entry, index) => {
    const content = contentOf(entry);
    const device = entry.type === 'device' ? entry : { major: 0, minor: 0 };
    const header = headerOf({
      inode: index + 1,
      mode: types[entry.type] | entry.mode,
      links: entry.type === 'directory' ? 2 : 1,
      size: content.length,
      major: device.major,
      minor: device.minor,
      name: entry.path.slice(1),
    });
    return [header, content, padding(content.length)];
  });
  const trailer = headerOf({ inode: 0, mode: 0, links: 1, size: 0, major: 0, minor: 0, name: 'TRAILER!!!' });
  return Buffer.concat([...pieces, trailer]);
}
