import { readSync } from 'node:fs';

/** e_machine of elf(5). */
const machines: Readonly<Record<number, string>> = { 62: 'x64', 183: 'arm64' };
const others: Readonly<Record<number, string>> = { 3: '32-bit x86', 40: '32-bit ARM', 243: 'RISC-V' };
const ptInterp = 3;
/** Bytes of Elf64_Ehdr and Elf64_Phdr. */
const headerSize = 64;
const programHeaderSize = 56;
/** PATH_MAX: no loader has a longer name. */
const maxInterpreter = 4096;

export interface Elf {
  /** As `process.arch` says it. */
  readonly arch: 'x64' | 'arm64';
  /** The dynamic loader (PT_INTERP); a static program has none. */
  readonly interpreter: string | undefined;
}

/** Why a file that begins as ELF cannot be packed: one clause. */
export class ElfError extends Error {}

export const isElf = (head: Buffer): boolean => head.toString('latin1', 0, 4) === '\x7fELF';

function readAt(fd: number, size: number, position: number): Buffer {
  const buffer = Buffer.alloc(size);
  const length = readSync(fd, buffer, 0, size, position);
  if (length < size) throw new ElfError('it is cut off');
  return buffer;
}

/**
 * Reads the header of an open ELF file, elf(5).
 * @throws ElfError for anything but whole little-endian 64-bit programs of x86-64 and aarch64.
 */
export function readElf(fd: number): Elf {
  const header = readAt(fd, headerSize, 0);
  const machine = header.readUInt16LE(18);
  const arch = machines[machine];
  if (header[4] !== 2 || header[5] !== 1 || arch === undefined) {
    throw new ElfError(`it is built for ${others[machine] ?? `another processor (e_machine ${machine})`}`);
  }
  const offset = Number(header.readBigUInt64LE(32));
  const size = header.readUInt16LE(54);
  const count = header.readUInt16LE(56);
  if (size !== programHeaderSize) throw new ElfError('its program headers are damaged');
  const table = readAt(fd, size * count, offset);
  let interpreter: string | undefined;
  for (let at = 0; at < table.length && interpreter === undefined; at += size) {
    if (table.readUInt32LE(at) !== ptInterp) continue;
    const length = Number(table.readBigUInt64LE(at + 32));
    if (length < 2 || length > maxInterpreter) throw new ElfError('the name of its loader is damaged');
    const name = readAt(fd, length, Number(table.readBigUInt64LE(at + 8))).toString('utf8');
    interpreter = name.slice(0, name.indexOf('\0') < 0 ? length : name.indexOf('\0'));
  }
  return { arch: arch as Elf['arch'], interpreter };
}
