import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StateFolder } from './state-folder.ts';

/** The init of our containers: shipped prebuilt, static. `undefined` on a processor that it is not built for. */
export function findInit(processor: string = process.arch): string | undefined {
  const path = fileURLToPath(new URL(`../prebuilt/linux-${processor}/duende-init`, import.meta.url));
  return existsSync(path) ? path : undefined;
}

const copies = new Map<string, string>();

/**
 * A copy in the state folder, which engines mount into containers: this package may be where they cannot look, and containers
 * outlive it. Its name says what is in it, so that it is never changed under a running container.
 */
export function placeInit(init: string, { base }: StateFolder): string {
  const known = copies.get(base);
  if (known !== undefined && existsSync(known)) return known;
  const bytes = readFileSync(init);
  const folder = join(base, '.bin');
  const path = join(folder, `duende-init-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`);
  if (!existsSync(path) || statSync(path).size !== bytes.length) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const draft = `${path}.${randomUUID()}`;
    writeFileSync(draft, bytes, { mode: 0o755, flag: 'wx' });
    // Whatever the umask is: containers run as any user.
    chmodSync(draft, 0o755);
    renameSync(draft, path);
  }
  copies.set(base, path);
  return path;
}
