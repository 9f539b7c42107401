import { spawn } from 'node:child_process';
import { closeSync, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import type { Readable } from 'node:stream';
import { makePrivateFolder } from './folder.ts';
import type { WosPaths } from './paths.ts';

/** The descriptor on which a kernel tells the client that started it how that went, as one line of JSON. */
export const reportDescriptor = 3;

/** Milliseconds for it to boot. */
export const bootTimeout = 20_000;
/** Milliseconds without a process and a client after which a kernel ends that was started on demand. */
const idleTimeout = 60_000;
/** Bytes of its log after which it begins anew. */
const longestLog = 1024 * 1024;

const mainFile = (): string => {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? './main.ts' : './wosd-main.js', import.meta.url).pathname;
};

/**
 * Starts it, apart from the terminal, the folder and the environment of whom it is started by. Resolves with what it reports.
 * @throws Error what keeps it from being executed; PlatformError Config when the state folder cannot be used
 */
export async function launch(stateDirectory: string, paths: WosPaths): Promise<string> {
  makePrivateFolder(paths.base);
  const output = openSync(paths.log, 'a', 0o600);
  try {
    if (fstatSync(output).size > longestLog) ftruncateSync(output);
    const { HOME, PATH, TMPDIR } = process.env;
    // Its own code is found compiled, as ours is.
    const own = { HOME, PATH, TMPDIR, NODE_COMPILE_CACHE: getCompileCacheDir() };
    const given = Object.entries(own).filter(([, value]) => value !== undefined);
    const child = spawn(
      process.execPath,
      [mainFile(), '--state-dir', stateDirectory, '--idle', String(idleTimeout)],
      {
        cwd: '/',
        detached: true,
        env: Object.fromEntries(given) as NodeJS.ProcessEnv,
        stdio: ['ignore', output, output, 'pipe'],
      },
    );
    child.unref();
    const pipe = child.stdio[reportDescriptor] as Readable;
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    return await Promise.race([read(pipe), failed]);
  } finally {
    closeSync(output);
  }
}

async function read(pipe: Readable): Promise<string> {
  const timer = setTimeout(() => pipe.destroy(), bootTimeout);
  let text = '';
  try {
    for await (const block of pipe) text += String(block);
  } catch {
    // Given up: what there is of it says so.
  }
  clearTimeout(timer);
  return text;
}
