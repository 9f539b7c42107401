import { posix } from 'node:path';

/** An absolute folder and every one above it, up to `/`. */
export function ancestors(folder: string): string[] {
  const above = posix.dirname(folder);
  return above === folder ? [folder] : [folder, ...ancestors(above)];
}
