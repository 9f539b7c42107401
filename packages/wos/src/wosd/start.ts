import { spawn } from 'node:child_process';
import { closeSync, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '@duende/core/contract';
import * as z from 'zod/mini';
import { WosClient } from '../protocol/client.ts';
import type { KernelDocument } from '../protocol/documents.ts';
import { decodeError, wosError } from '../protocol/errors.ts';
import { makePrivateFolder } from './folder.ts';
import { WosPaths } from './paths.ts';
import { type Report, reportDescriptor, reportSchema } from './report.ts';

/** Milliseconds without a process and a client after which a kernel ends that was started on demand. */
const idleTimeout = 60_000;
/** Milliseconds for it to boot. */
const bootTimeout = 20_000;
/** Bytes of its log after which it begins anew. */
const longestLog = 1024 * 1024;

const mainFile = (): string => {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? './main.ts' : './wosd-main.js', import.meta.url).pathname;
};

export interface Started {
  readonly client: WosClient;
  /** What the kernel before it left running; known to who started it. */
  readonly lost: KernelDocument['lost'];
}

/**
 * Connects to the kernel of a state folder, which is started when there is none.
 * @throws PlatformError as `WosClient.connect()`, and what keeps it from booting
 */
export async function startKernel(stateDirectory: string): Promise<Started> {
  const paths = new WosPaths(stateDirectory);
  for (const end = Date.now() + bootTimeout; ; await delay(10)) {
    const there = await connectIfThere(paths.base);
    if (there) return { client: there, lost: [] };
    makePrivateFolder(paths.base);
    const answer = await launch(stateDirectory, paths.log);
    if ('lost' in answer) return { client: await WosClient.connect(paths.base), lost: answer.lost };
    // Another client was quicker, and its kernel listens soon; or one is about to end, and leaves its place.
    if (answer.error.reason !== 'already-exists') throw decodeError(answer.error);
    if (Date.now() < end) continue;
    throw wosError('SpawnFailed', 'timeout', `The kernel does not answer after ${bootTimeout} ms`, {
      hint: `See ${paths.log}`,
    });
  }
}

async function connectIfThere(folder: string): Promise<WosClient | undefined> {
  try {
    return await WosClient.connect(folder);
  } catch (error) {
    if (PlatformError.isInstance(error) && error.code === 'StatusFailed' && error.reason === 'unavailable')
      return undefined;
    throw error;
  }
}

/** Starts it, apart from the terminal, the folder and the environment of whom it is started by. */
async function launch(stateDirectory: string, log: string): Promise<Report> {
  const output = openSync(log, 'a', 0o600);
  if (fstatSync(output).size > longestLog) ftruncateSync(output);
  try {
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
    const text = await Promise.race([read(pipe), failed]);
    return parse(text, log);
  } catch (error) {
    if (PlatformError.isInstance(error)) throw error;
    throw wosError('SpawnFailed', 'exec-failed', `The kernel cannot be started: ${(error as Error).message}`);
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

function parse(text: string, log: string): Report {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = z.safeParse(reportSchema, value);
  if (parsed.success) return parsed.data;
  throw wosError('SpawnFailed', 'exec-failed', 'The kernel ended while it booted', { hint: `See ${log}` });
}
