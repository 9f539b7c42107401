import { execFile } from 'node:child_process';
import { type BigIntStats, statSync } from 'node:fs';
import { posix } from 'node:path';
import type { ImageCache, KnownLibrary } from './cache.ts';
import { type FileIdentity, identityKey, identityOf, isSettled } from './identity.ts';
import { type Library, type LoaderAnswer, parseLoaderOutput } from './loader-output.ts';

/** What a loader's answer depends on besides the program: ld.so(8), musl's ldso/dynlink.c. */
const loaderFiles = [
  '/etc/ld.so.cache',
  '/etc/ld.so.preload',
  '/etc/ld-musl-x86_64.path',
  '/etc/ld-musl-aarch64.path',
];
/** Milliseconds. */
const timeout = 10_000;

export interface LoaderQuestion {
  /** As the program names it. */
  readonly loader: string;
  readonly loaderStat: BigIntStats;
  /** The real path of the program, from which $ORIGIN is taken. */
  readonly program: string;
  readonly identity: FileIdentity;
  /** LD_LIBRARY_PATH of the daemon. */
  readonly libraryPath: string | undefined;
}

/**
 * Whether the loader is one of the system's. It is started on this host to be asked, and a program can name any file as its
 * loader: it must have the name of one (musl's may be a link to libc.so), and only root can have put it there.
 */
export function isSystemLoader(path: string, real: string, stat: BigIntStats): boolean {
  const isPlain = stat.isFile() && stat.uid === 0n && (stat.mode & 0o022n) === 0n;
  const isNamed = /^ld(64|-)[\w.-]*\.so/.test(posix.basename(path));
  return isPlain && isNamed && /^(ld(64|-)[\w.-]*|libc)\.so/.test(posix.basename(real));
}

function run(question: LoaderQuestion, args: string[], env: Record<string, string>): Promise<string> {
  const { libraryPath } = question;
  const all = { ...env, ...(libraryPath !== undefined && { LD_LIBRARY_PATH: libraryPath }) };
  const options = { env: all, cwd: '/', timeout, encoding: 'utf8' as const, maxBuffer: 2 ** 24 };
  return new Promise((resolve) => {
    execFile(question.loader, [...args, question.program], options, (error, stdout, stderr) => {
      const failure = error && stdout === '' && stderr === '' ? `Error loading: ${error.message}\n` : '';
      resolve(`${stdout}\n${stderr}\n${failure}`);
    });
  });
}

function currentIdentity(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : identityKey(identityOf(stat));
}

function cacheKey({ loader, loaderStat, program, identity, libraryPath = '' }: LoaderQuestion): string {
  const files = loaderFiles.map(currentIdentity);
  const self = identityKey(identityOf(loaderStat));
  return [program, identityKey(identity), loader, self, libraryPath, ...files].join('|');
}

const isSame = ({ path, identity }: KnownLibrary): boolean => currentIdentity(path) === identity;

/**
 * The libraries of a program, as its loader finds them on this host. `--list` of ld.so(8), which musl's loader has too, maps
 * the program and does not execute it.
 */
export async function askLoader(question: LoaderQuestion, cache: ImageCache): Promise<LoaderAnswer> {
  const key = cacheKey(question);
  const known = cache.libraries(key);
  if (known?.every(isSame)) return { libraries: known, missing: [], problem: undefined };
  const answer = parseLoaderOutput(await run(question, ['--list'], {}));
  if (answer.missing.length > 0 && !posix.basename(question.loader).startsWith('ld-musl')) {
    // glibc gives up at the first one. Asked as ldd(1) asks, it names all and does not execute the program either.
    const { missing } = parseLoaderOutput(await run(question, [], { LD_TRACE_LOADED_OBJECTS: '1' }));
    return missing.length > 0 ? { ...answer, missing } : answer;
  }
  if (answer.missing.length === 0 && answer.problem === undefined && isSettled(question.identity)) {
    cache.setLibraries(key, answer.libraries.map(withIdentity));
  }
  return answer;
}

const withIdentity = (library: Library): KnownLibrary => ({
  ...library,
  identity: currentIdentity(library.path),
});
