import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { isRateLimited } from '../src/journald-conf.ts';

let root = '';
afterEach(() => rmSync(root, { recursive: true, force: true }));

function machine(files: Record<string, string>): string {
  root = mkdtempSync(join(tmpdir(), 'duende-journald-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const etc = 'etc/systemd/journald.conf';

test.each([
  ['nothing is set', {}, true],
  ['a comment', { [etc]: '[Journal]\n#RateLimitBurst=0\n' }, true],
  ['no burst', { [etc]: '[Journal]\nRateLimitBurst=0\n' }, false],
  ['no interval', { [etc]: '[Journal]\nRateLimitIntervalSec = 0s\n' }, false],
  ['an empty value is the default', { [etc]: '[Journal]\nRateLimitBurst=0\nRateLimitBurst=\n' }, true],
  ['a drop-in wins', { [etc]: 'RateLimitBurst=0', [`${etc}.d/a.conf`]: 'RateLimitBurst=5' }, true],
  [
    'the last drop-in by name wins, wherever it is',
    { 'run/systemd/journald.conf.d/z.conf': 'RateLimitBurst=0', [`${etc}.d/a.conf`]: 'RateLimitBurst=5' },
    false,
  ],
  [
    'one of the same name in /etc replaces that of the system',
    { 'usr/lib/systemd/journald.conf.d/a.conf': 'RateLimitBurst=0', [`${etc}.d/a.conf`]: '' },
    true,
  ],
])('%s', (_, files, limited) => {
  expect(isRateLimited(machine(files))).toBe(limited);
});
