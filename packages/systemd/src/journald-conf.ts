import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where settings of journald come from, the later ones winning (journald.conf(5)). */
const roots = ['/usr/lib/systemd', '/usr/local/lib/systemd', '/run/systemd', '/etc/systemd'];

function texts(base: string): string[] {
  const main = ['/etc', '/run', '/usr/local/lib', '/usr/lib'].map(
    (folder) => `${base}${folder}/systemd/journald.conf`,
  );
  // A drop-in of the same name in a later root replaces the earlier one; then all go in the order of their names.
  const dropIns = new Map<string, string>();
  for (const root of roots) {
    try {
      const folder = join(base, root, 'journald.conf.d');
      for (const file of readdirSync(folder))
        if (file.endsWith('.conf')) dropIns.set(file, join(folder, file));
    } catch {
      // There are none.
    }
  }
  const read = (path: string): string | undefined => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  };
  const first = main.map(read).find((text) => text !== undefined) ?? '';
  return [first, ...[...dropIns].sort().map(([, path]) => read(path) ?? '')];
}

/** Whether journald limits how much a service may write: it does unless interval or burst is 0. `base` is for tests. */
export function isRateLimited(base = ''): boolean {
  let interval = '30s';
  let burst = '10000';
  for (const text of texts(base)) {
    for (const [, key, value] of text.matchAll(
      /^\s*(RateLimitIntervalSec|RateLimitBurst)\s*=\s*(.*?)\s*$/gm,
    )) {
      if (key === 'RateLimitBurst') burst = value || '10000';
      else interval = value || '30s';
    }
  }
  const isZero = (value: string): boolean => /^0+\s*[a-z]*$/.test(value);
  return !isZero(interval) && !isZero(burst);
}
