// Packs the package in the current folder and checks the tarball: publint --strict and attw (ESM only).
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

const folder = await mkdtemp(join(tmpdir(), 'duende-pack-'));
try {
  await execa('pnpm', ['pack', '--pack-destination', folder], { preferLocal: true, all: true });
  const [tarball] = await readdir(folder);
  const options = { preferLocal: true, stdio: 'inherit' };
  await execa('publint', ['run', join(folder, tarball), '--strict'], options);
  await execa('attw', [join(folder, tarball), '--profile', 'esm-only'], options);
} finally {
  await rm(folder, { recursive: true, force: true });
}
