import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { execa } from 'execa';
import { afterAll } from 'vitest';
import { type BuiltImage, buildImage, type FileEntry, type ImagePlan } from '../src/index.ts';

export const platform = 'container' as const;
export const isRoot = process.getuid?.() === 0;

/** A folder of one test file, removed when it is done. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'duende-image-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeScript(path: string, text: string, mode = 0o755): string {
  writeFileSync(path, text, { mode });
  return path;
}

export const entryOf = (plan: ImagePlan, path: string): FileEntry | undefined =>
  plan.entries.find((entry) => entry.path === path);

/** Follows a path through the links of a plan, as the kernel does in the image. */
export function resolveIn(plan: ImagePlan, path: string): FileEntry | undefined {
  let real = '/';
  const rest = path.split('/').reverse();
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    const entry = entryOf(plan, join(real, name));
    if (entry?.type === 'symlink') {
      if (entry.linkTarget.startsWith('/')) real = '/';
      rest.push(...entry.linkTarget.split('/').reverse());
    } else {
      real = join(real, name);
    }
  }
  return entryOf(plan, real);
}

export async function bytesOf(image: BuiltImage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of image.archive()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Unpacks the archive and its layers with tar(1), as an engine would; returns the root folder. */
export async function unpack(plan: ImagePlan, folder: string): Promise<string> {
  const image = await buildImage(plan);
  const outer = join(folder, 'archive');
  const root = join(folder, 'root');
  for (const made of [outer, root]) mkdirSync(made, { recursive: true });
  await execa({ input: Readable.from(image.archive()) })`tar -xf - -C ${outer}`;
  for (const layer of ['base.tar', 'daemon.tar']) {
    await execa`tar -xpf ${join(outer, layer)} -C ${root} --numeric-owner`;
  }
  return root;
}

/** A project with its own node_modules, as a user of Duende has it. */
export function makeProject(folder: string, files: Readonly<Record<string, string>>): string {
  const core = dirname(createRequire(import.meta.url).resolve('@duende/core/package.json'));
  const zod = dirname(createRequire(join(core, 'package.json')).resolve('zod/package.json'));
  mkdirSync(join(folder, 'node_modules/@duende'), { recursive: true });
  symlinkSync(core, join(folder, 'node_modules/@duende/core'));
  symlinkSync(zod, join(folder, 'node_modules/zod'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const chroot = ['/usr/sbin/chroot', '/usr/bin/chroot', '/sbin/chroot'].find(existsSync) ?? 'chroot';

/** Runs a program in an unpacked image as a daemon runs: not as root, and with nothing of this process's environment. */
export const inRoot = (root: string, argv: readonly string[], env: Record<string, string> = {}) =>
  execa(chroot, ['--userspec=65532:65532', root, ...argv], { env, extendEnv: false, reject: false });
