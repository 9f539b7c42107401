import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProbeProvider } from '../harness.ts';

/** The folder of this package, from the source tree and from dist alike. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

export interface HostProbeOptions {
  /** `node`: the script even where a prebuilt exists. */
  readonly use?: 'prebuilt' | 'node';
  /** Where the files are made; default: the system's temporary folder. */
  readonly folder?: string;
}

/** The static program for this system, or undefined when none was built. */
export function prebuiltProbe(platform = process.platform, arch = process.arch): string | undefined {
  const file = join(packageFolder(), 'prebuilt', `${platform}-${arch}`, 'probe');
  return existsSync(file) ? file : undefined;
}

/**
 * The probe as a process of this machine: the static program, else the Node script. It is copied to a temporary
 * folder that every user can read, since clauses run it as other users too.
 */
export function hostProbe({ use = 'prebuilt', folder = tmpdir() }: HostProbeOptions = {}): ProbeProvider {
  const prebuilt = use === 'prebuilt' ? prebuiltProbe() : undefined;
  const source = prebuilt ?? join(packageFolder(), 'dist', 'probe.mjs');
  let made: Promise<string> | undefined;
  let count = 0;
  const create = async (): Promise<string> => {
    const root = await realpath(await mkdtemp(join(folder, 'duende-conformance-')));
    await chmod(root, 0o755);
    const copy = join(root, prebuilt ? 'probe' : 'probe.mjs');
    await copyFile(source, copy);
    await chmod(copy, 0o755);
    return root;
  };
  const root = (): Promise<string> => {
    made ??= create();
    return made;
  };
  /** Its own folder for each file, so that names can be exact. */
  const place = async (name: string): Promise<string> => {
    count += 1;
    const folderName = String(count);
    const own = join(await root(), folderName);
    await mkdir(own);
    return join(own, name);
  };
  return {
    title: prebuilt ? `prebuilt ${process.platform}-${process.arch}` : `node ${process.version}`,
    async program(commands) {
      const args = [...commands];
      if (prebuilt) return { program: join(await root(), 'probe'), args };
      return { program: process.execPath, args: [join(await root(), 'probe.mjs'), ...args] };
    },
    async directory(name) {
      const path = await place(name);
      await mkdir(path);
      return path;
    },
    async file(name, content, mode) {
      const path = await place(name);
      await writeFile(path, content);
      await chmod(path, mode);
      return path;
    },
    async symlinkLoop(name) {
      const path = await place(name);
      await symlink(path, path);
      return path;
    },
    async cleanup() {
      const folderMade = await made?.catch(() => undefined);
      made = undefined;
      if (folderMade) await rm(folderMade, { recursive: true, force: true });
    },
  };
}
