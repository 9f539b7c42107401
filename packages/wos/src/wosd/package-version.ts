import { readFileSync } from 'node:fs';

/** Of this package: its package.json is two folders up in src/, and one in dist/. */
export function packageVersion(): string {
  for (const up of ['../package.json', '../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as { version: string }).version;
    } catch {
      // The other one.
    }
  }
  throw new Error('The package.json of @duende/wos is not there');
}
