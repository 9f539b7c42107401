import { closeSync, openSync, readSync } from 'node:fs';

// Random bytes of the kernel (random(4)), many at once: asking it takes a twentieth of a spawn, and loading node:crypto longer than one.
const bytes = Buffer.alloc(1024);
let used = bytes.length;

function refill(): void {
  const file = openSync('/dev/urandom', 'r');
  try {
    if (readSync(file, bytes) !== bytes.length) throw new Error('/dev/urandom ended');
  } finally {
    closeSync(file);
  }
  used = 0;
}

/** A random UUID, RFC 9562 version 4. */
export function newId(): string {
  if (used === bytes.length) refill();
  const own = bytes.subarray(used, used + 16);
  used += 16;
  own[6] = ((own[6] as number) & 0x0f) | 0x40;
  own[8] = ((own[8] as number) & 0x3f) | 0x80;
  const hex = own.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
