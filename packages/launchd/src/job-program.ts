import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderError } from './folder-error.ts';

const perl = '/usr/bin/perl';

/** macOS has a Perl of its own. @returns why it cannot be used */
export function whyNoPerl(): string | undefined {
  try {
    accessSync(perl, constants.X_OK);
    return undefined;
  } catch {
    return `there is no ${perl}`;
  }
}

/** Everything below a folder, by its path in it. */
function filesOf(folder: string): [name: string, path: string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.p[lm]$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [relative(folder, path), path]);
}

/** Built, they lie together (build-job.mjs); in the workspace the supervisor's are the native adapter's. Those of the job take their place. */
function sources(): [name: string, bytes: Buffer][] {
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const built = at('./job');
  const folders = existsSync(built) ? [built] : [at('../../native/supervisor'), at('../job')];
  const files = new Map(
    folders.flatMap(filesOf).filter(([name]) => name === 'run.pl' || name.startsWith('perl/')),
  );
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, path]) => [name, readFileSync(path)]);
}

let known: { readonly path: string; readonly parent: string } | undefined;

/**
 * A copy whose name says what is in it: jobs outlive this package, and are not changed when it is. Its path.
 * @throws PlatformError SpawnFailed when it cannot be written.
 */
export function placeJobProgram(parent: string): string {
  if (known?.parent === parent && existsSync(known.path)) return known.path;
  const files = sources();
  const hash = createHash('sha256');
  for (const [name, bytes] of files) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  const folder = join(parent, hash.digest('hex').slice(0, 12));
  const path = join(folder, 'run.pl');
  if (!existsSync(path)) {
    const draft = `${folder}.${process.pid}`;
    try {
      mkdirSync(join(draft, 'perl'), { recursive: true, mode: 0o700 });
      for (const [name, bytes] of files) writeFileSync(join(draft, name), bytes, { mode: 0o600 });
      renameSync(draft, folder);
    } catch (cause) {
      rmSync(draft, { recursive: true, force: true });
      // Somebody else was quicker.
      if (!existsSync(path)) throw folderError(parent, cause);
    }
  }
  known = { path, parent };
  return path;
}

export interface JobCommand {
  readonly program: string;
  readonly folder: string;
  readonly policy: string;
  readonly throttle: number;
  readonly launchctl: string;
  readonly target: string;
}

/** What launchd executes. `portable`: without Linux's system calls, as on macOS; launchd on Linux is a simulator. */
export const jobCommand = ({
  program,
  folder,
  policy,
  throttle,
  launchctl,
  target,
}: JobCommand): string[] => [
  perl,
  program,
  folder,
  policy,
  String(throttle),
  launchctl,
  target,
  ...(process.platform === 'linux' ? ['portable'] : []),
];
