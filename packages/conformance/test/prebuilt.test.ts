import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageFolder } from '../src/probe/provider.ts';

const folder = packageFolder();
const hash = (file: string): string =>
  createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('hex');

describe.each(readdirSync(join(folder, 'prebuilt')))('prebuilt probe of %s', (target) => {
  const manifest = JSON.parse(readFileSync(join(folder, 'prebuilt', target, 'manifest.json'), 'utf8'));

  test('was built from the source that is here (else run probe/build.sh)', () => {
    expect(manifest.source).toEqual({ file: 'probe/probe.c', sha256: hash('probe/probe.c') });
  });

  test('is the binary that was built, and executable', () => {
    const file = `prebuilt/${target}/probe`;
    expect(manifest.binary).toEqual({ file, sha256: hash(file) });
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o755);
  });
});
