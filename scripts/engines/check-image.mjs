// An image with the probe of the conformance kit alone, in the two shapes that engines take.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command } from '../systemd/command.mjs';

const prebuilt = fileURLToPath(
  new URL(`../../packages/conformance/prebuilt/linux-${process.arch}/`, import.meta.url),
);
export const image = 'duende.test/probe:1';

async function tar(file, folder, ...names) {
  const { exitCode, output } = await command(['tar', '-C', folder, '-cf', file, ...names]);
  if (exitCode !== 0) throw new Error(output);
}

/** `{ layer, archive }`: a tar of the files (`docker import`), and a docker-archive (`docker save`). */
export async function makeImage(folder) {
  const layer = join(folder, 'layer.tar');
  await tar(layer, prebuilt, 'probe');
  const digest = createHash('sha256').update(readFileSync(layer)).digest('hex');
  const config = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Entrypoint: ['/probe'], Env: ['PATH=/'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
    history: [{ created_by: 'scripts/engines/check.mjs' }],
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const manifest = [{ Config: 'config.json', RepoTags: [image], Layers: ['layer.tar'] }];
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  const archive = join(folder, 'archive.tar');
  await tar(archive, folder, 'manifest.json', 'config.json', 'layer.tar');
  return { layer, archive };
}
