import { createReadStream, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { PlatformError } from '@duende/core/contract';
import { type FileEntry, fileEntries, planProgram } from '@duende/image';
import { findInPath } from '@duende/program';
import type { Context } from './context.ts';
import { failed } from './failures.ts';
import type { GuestSession } from './guest-session.ts';

const operation = { code: 'TracerFailed', name: 'attachTracer' } as const;
/** Where strace of this machine, and what it needs, are in a guest: in memory. */
const place = '/run/duende-strace';
const mark = `${place}/complete`;

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** Of the root that an image has around its program. */
const skeleton = /^\/(etc|dev|proc|sys|tmp|var|home|root|run)(\/|$)|\/zoneinfo\//;

const isLibrary = (path: string): boolean => /\.so(\.|$)/.test(path);
const isLoader = (path: string): boolean => /\/ld-[^/]*\.so(\.|$)/.test(path);

/** Pure: how strace is started there: by its own loader, with its own libraries, whatever the guest has. */
export function straceCommand(
  entries: readonly Pick<FileEntry, 'path' | 'type'>[],
  program: string,
): string[] {
  const files = entries.filter(({ type }) => type !== 'directory').map(({ path }) => path);
  const loader = files.find(isLoader);
  if (loader === undefined) return [place + program];
  const folders = [...new Set(files.filter(isLibrary).map((path) => place + dirname(path)))];
  return [place + loader, '--library-path', folders.join(':'), place + program];
}

async function contentOf(entry: FileEntry): Promise<Buffer> {
  if (entry.type !== 'file') return Buffer.alloc(0);
  if ('content' in entry) return entry.content;
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(entry.source)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function send(session: GuestSession, entry: FileEntry): Promise<void> {
  const path = place + entry.path;
  if (entry.type === 'directory') await session.put(path, 'folder');
  else if (entry.type === 'symlink') {
    const { linkTarget } = entry;
    await session.put(path, { link: isAbsolute(linkTarget) ? join(place, linkTarget) : linkTarget });
  } else await session.put(path, { data: await contentOf(entry), mode: 0o755 });
}

/**
 * Brings strace of this machine into a guest, unless it is there.
 * @returns its command there
 * @throws PlatformError TracerFailed / unavailable without a strace; engine-error when the guest has no room for it
 */
export async function bringStrace({ paths }: Context, session: GuestSession): Promise<string[]> {
  const program = findInPath('strace');
  if (program === undefined) {
    const { installHint } = await import('@duende/strace');
    throw failed(
      operation,
      'strace is not installed',
      'unavailable',
      installHint(readText('/etc/os-release')),
    );
  }
  try {
    const plan = await planProgram({ platform: 'pepita', program, cacheDirectory: paths.images });
    const entries = fileEntries(plan).filter(({ path }) => path !== '/' && !skeleton.test(path));
    const command = straceCommand(entries, program);
    const isThere = await session.exec([...command, '--version'], { cwd: mark }).exit;
    if ('code' in isThere && isThere.code === 0) return command;
    for (const entry of entries) await send(session, entry);
    await session.put(mark, 'folder');
    return command;
  } catch (error) {
    if (PlatformError.isInstance(error) && error.code === 'TracerFailed') throw error;
    const why = error instanceof Error ? error.message : String(error);
    const hint = 'Give it more memory (platform.pepita.memory)';
    throw failed(operation, `strace cannot be brought into the guest: ${why}`, 'engine-error', hint, error);
  }
}
