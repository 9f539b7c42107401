import { describe, expect, test } from 'vitest';
import { extractVmlinux, hasPvhEntry, isBzImage } from '../src/kernel/bzimage.ts';

function elf({ note = true } = {}): Buffer {
  const image = Buffer.alloc(200);
  image.write('\x7fELF', 'latin1');
  if (!note) return image;
  image.writeUInt32LE(4, 100);
  image.writeUInt32LE(8, 104);
  image.writeUInt32LE(18, 108);
  image.write('Xen\0', 112, 'latin1');
  return image;
}

/** A frame whose only block has literals only. */
function pack(data: Buffer): Buffer {
  const rest = data.length - 15;
  const block = Buffer.concat([Buffer.from([0xf0, rest % 256]), data]);
  const head = Buffer.from('02214c1800000000', 'hex');
  head.writeUInt32LE(block.length, 4);
  return Buffer.concat([head, block]);
}

function bzImage(payload: Buffer, unpackedSize: number, sectors = 1): Buffer {
  const setup = Buffer.alloc((sectors + 1) * 512);
  setup[0x1f1] = sectors;
  setup.write('HdrS', 0x202, 'latin1');
  setup.writeUInt16LE(0x20f, 0x206);
  const stub = Buffer.alloc(32, 0x90);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(unpackedSize);
  setup.writeUInt32LE(stub.length, 0x248);
  setup.writeUInt32LE(payload.length + 4, 0x24c);
  return Buffer.concat([setup, stub, payload, size]);
}

describe('a bzImage', () => {
  test('packed with LZ4 gives its ELF kernel', () => {
    const kernel = elf();
    expect(extractVmlinux(bzImage(pack(kernel), kernel.length))?.equals(kernel)).toBe(true);
  });

  test.each<[string, Buffer]>([
    ['packed in another way', bzImage(Buffer.from('1f8b0800000000', 'hex'), 200)],
    ['without a PVH entry', bzImage(pack(elf({ note: false })), 200)],
    ['that says another size', bzImage(pack(elf()), 201)],
    ['that is cut off', bzImage(pack(elf()), 200).subarray(0, -50)],
    ['that is none', Buffer.alloc(2000)],
  ])('%s is booted as it is', (_, image) => {
    expect(extractVmlinux(image)).toBeUndefined();
  });

  test('is recognised', () => {
    expect(isBzImage(bzImage(pack(elf()), 200))).toBe(true);
    expect(isBzImage(elf())).toBe(false);
    expect(hasPvhEntry(elf())).toBe(true);
  });
});
