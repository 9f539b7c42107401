import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../fail.ts';
import { lastLine, runTool, type ToolResult } from '../run-tool.ts';

/** A package of this machine's sources. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
}

const manual = 'Give a kernel instead (--kernel FILE)';

function requireRun(program: string, { error }: ToolResult): void {
  if (error === 'ENOENT') {
    throw failure(`There is no ${program} here: kernels are fetched on Debian only`, 'unavailable', {
      hint: manual,
    });
  }
  if (error === 'ETIMEDOUT') {
    throw failure(`${program} took too long`, 'timeout', { hint: 'Try again, or look at the network' });
  }
}

/** `Depends: linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2)` in what apt-cache shows of a meta package. */
export function parseKernelDependency(text: string): DebianPackage | undefined {
  const [, name, version] = /^Depends:.*?\b(linux-image-\d\S*)\s+\(=\s*([^)\s]+)\)/m.exec(text) ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
}

/** Which package the meta package stands for. @throws PlatformError SpawnFailed in one line */
export async function resolveKernelPackage(meta: string): Promise<DebianPackage> {
  const shown = await runTool('apt-cache', ['show', '--no-all-versions', meta]);
  requireRun('apt-cache', shown);
  const found = parseKernelDependency(shown.stdout);
  if (found) return found;
  throw failure(`apt knows no package ${meta}`, 'unavailable', {
    hint: `Update its lists (apt-get update); a system that is not Debian may have none. ${manual}`,
  });
}

/** Downloads a package into a folder; apt checks its signature. @returns the file */
export async function downloadPackage({ name, version }: DebianPackage, folder: string): Promise<string> {
  const args = ['download', '--quiet', '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=20'];
  const result = await runTool('apt-get', [...args, `${name}=${version}`], { cwd: folder, timeout: 600_000 });
  requireRun('apt-get', result);
  const file = (await readdir(folder)).find((entry) => entry.endsWith('.deb'));
  if (result.code === 0 && file !== undefined) return join(folder, file);
  const isGone = /\b404\b/.test(result.stderr);
  throw failure(`Cannot download ${name}: ${lastLine(result.stderr).replace(/^E: /, '')}`, 'unavailable', {
    hint: isGone ? 'Update the lists of apt (apt-get update)' : `Look at the network, or: ${manual}`,
  });
}

/** Unpacks a package into a folder; nothing of it is installed or executed. */
export async function unpackPackage(file: string, folder: string): Promise<void> {
  const result = await runTool('dpkg-deb', ['-x', file, folder], { timeout: 300_000 });
  requireRun('dpkg-deb', result);
  if (result.code === 0) return;
  throw failure(`Cannot unpack ${file}: ${lastLine(result.stderr)}`, 'engine-error', {
    hint: 'Look at the free space of the disk',
  });
}
