import { entrySize, type FileEntry } from './entries.ts';

/** Bytes of a block; everything in a tar is a number of them. */
export const blockSize = 512;
/** What fits into the octal fields of a ustar header. */
const maxId = 0o7777777;
const maxSize = 0o77777777777;
const maxName = 100;

/** Two blocks of zeros end a tar. */
export const endOfTar = Buffer.alloc(2 * blockSize);

/** Bytes up to the next whole block. */
export const padding = (size: number): number => (blockSize - (size % blockSize)) % blockSize;

const typeFlags = { file: '0', symlink: '2', directory: '5', pax: 'x' } as const;

interface Header {
  readonly name: string;
  readonly type: keyof typeof typeFlags;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly linkName: string;
}

const fits = (text: string): boolean => Buffer.byteLength(text) <= maxName && /^[\x20-\x7e]*$/.test(text);

/** One block, POSIX ustar. What does not fit is cut off: a pax header before it has it. The time is always 0. */
function ustar({ name, type, mode, uid, gid, size, linkName }: Header): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, at: number, digits: number, max: number): void => {
    block.write(Math.min(value, max).toString(8).padStart(digits, '0'), at, 'latin1');
  };
  block.write(name, 0, maxName);
  octal(mode, 100, 7, 0o7777);
  octal(uid, 108, 7, maxId);
  octal(gid, 116, 7, maxId);
  octal(size, 124, 11, maxSize);
  octal(0, 136, 11, 0);
  block.write('        ', 148, 'latin1');
  block.write(typeFlags[type], 156, 'latin1');
  block.write(linkName, 157, maxName);
  block.write('ustar\0' + '00', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** `LENGTH KEY=VALUE\n`, whose length counts itself, in decimal digits. */
function paxRecord(key: string, value: string | number): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (String(length).length > String(bytes).length) length = bytes + String(length).length;
  return `${length}${rest}`;
}

function headerOf(header: Header): Buffer {
  const { name, linkName, uid, gid, size } = header;
  const records: string[] = [];
  if (!fits(name)) records.push(paxRecord('path', name));
  if (!fits(linkName)) records.push(paxRecord('linkpath', linkName));
  if (uid > maxId) records.push(paxRecord('uid', uid));
  if (gid > maxId) records.push(paxRecord('gid', gid));
  if (size > maxSize) records.push(paxRecord('size', size));
  if (records.length === 0) return ustar(header);
  const data = Buffer.from(records.join(''));
  const pax = { ...header, name: 'PaxHeader', type: 'pax', size: data.length, linkName: '' } as const;
  return Buffer.concat([
    ustar({ ...pax, mode: 0o644, uid: 0, gid: 0 }),
    data,
    Buffer.alloc(padding(data.length)),
    ustar(header),
  ]);
}

/** Everything of an entry that comes before its content; whole blocks. Names are relative to the root, folders end with `/`. */
export function entryHeader(entry: FileEntry): Buffer {
  const { path, type, mode, uid, gid } = entry;
  const name = path.slice(1) + (type === 'directory' ? '/' : '');
  const linkName = type === 'symlink' ? entry.linkTarget : '';
  return headerOf({ name, type, mode, uid, gid, size: entrySize(entry), linkName });
}

/** The header of a plain file of root. */
export function fileHeader(name: string, size: number): Buffer {
  return headerOf({ name, type: 'file', mode: 0o644, uid: 0, gid: 0, size, linkName: '' });
}
