import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTimed } from '../commands.ts';

/** A rival that cannot be measured here, and why. */
export interface Missing {
  readonly missing: string;
}

export function isMissing(value: unknown): value is Missing {
  return typeof value === 'object' && value !== null && 'missing' in value;
}

export function findProgram(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this one.
    }
  }
  return undefined;
}

const lastLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().split('\n').at(-1)?.slice(0, 200) ?? '';

/** A program of a Debian package. As root on Debian the package is installed when it is not there. */
export async function needDebianProgram(program: string, packageName: string): Promise<string | Missing> {
  const found = findProgram(program);
  if (found) return found;
  if (!existsSync('/etc/debian_version')) return { missing: `${packageName} is not installed` };
  if (process.getuid?.() !== 0) {
    return { missing: `${packageName} is not installed, and installing it needs root` };
  }
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await runTimed('apt-get', ['install', '-y', '-q', '--no-install-recommends', packageName], { env });
  } catch (error) {
    return { missing: `apt-get install ${packageName} failed: ${lastLine(error)}` };
  }
  return findProgram(program) ?? { missing: `${packageName} has no ${program}` };
}

/** The newest release of this major version of a package, in a folder that the next run finds again. */
export async function needNpmPackage(name: string, major: number): Promise<string | Missing> {
  const cache = fileURLToPath(new URL(`../../node_modules/.cache/rivals/${name}@${major}/`, import.meta.url));
  const folder = join(cache, 'node_modules', name);
  if (existsSync(join(folder, 'package.json'))) return folder;
  const npm = findProgram('npm');
  if (!npm) return { missing: `${name} is not installed, and there is no npm` };
  mkdirSync(cache, { recursive: true });
  try {
    const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock', '--loglevel=error'];
    await runTimed(npm, ['install', ...options, '--prefix', cache, `${name}@${major}`]);
    return folder;
  } catch (error) {
    return { missing: `npm install ${name}@${major} failed: ${lastLine(error)}` };
  }
}
