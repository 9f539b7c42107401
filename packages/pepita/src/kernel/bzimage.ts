import { decodeLz4Legacy, isLz4Legacy } from './lz4.ts';

/** Offsets in the setup header of a bzImage (Documentation/arch/x86/boot.rst). */
const header = {
  setupSectors: 0x1f1,
  magic: 0x202,
  version: 0x206,
  payloadOffset: 0x248,
  payloadLength: 0x24c,
};
const sectorSize = 512;

export const isBzImage = (data: Buffer): boolean =>
  data.length > 0x250 && data.toString('latin1', header.magic, header.magic + 4) === 'HdrS';

export const isElf = (data: Buffer): boolean => data.length > 64 && data.readUInt32BE(0) === 0x7f454c46;

/** A note of owner `Xen` and type 18: where to enter without a boot loader. QEMU refuses an ELF kernel that has none. */
export function hasPvhEntry(elf: Buffer): boolean {
  return [4, 8].some((descriptorSize) => {
    const note = Buffer.alloc(16);
    note.writeUInt32LE(4, 0);
    note.writeUInt32LE(descriptorSize, 4);
    note.writeUInt32LE(18, 8);
    note.write('Xen\0', 12, 'latin1');
    return elf.includes(note);
  });
}

/**
 * The ELF kernel in a bzImage, which a VM boots faster than the bzImage itself: the guest need not unpack it.
 * @returns `undefined` when it is packed in another way than LZ4, or cannot be entered directly: boot the bzImage then.
 */
export function extractVmlinux(image: Buffer): Buffer | undefined {
  if (!isBzImage(image) || image.readUInt16LE(header.version) < 0x208) return undefined;
  const sectors = image[header.setupSectors] || 4;
  const start = (sectors + 1) * sectorSize + image.readUInt32LE(header.payloadOffset);
  // The last four bytes say how long the unpacked kernel is.
  const end = start + image.readUInt32LE(header.payloadLength) - 4;
  if (end + 4 > image.length) return undefined;
  const payload = image.subarray(start, end);
  if (!isLz4Legacy(payload)) return undefined;
  const vmlinux = decodeLz4Legacy(payload);
  return vmlinux.length === image.readUInt32LE(end) && isElf(vmlinux) && hasPvhEntry(vmlinux)
    ? vmlinux
    : undefined;
}
