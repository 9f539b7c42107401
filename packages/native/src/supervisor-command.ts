import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configError } from '@duende/core/contract';
import { findPrebuilt } from './supervisor-binary.ts';

/**
 * Which supervisor: the prebuilt program, or the Perl script for machines that none is shipped for. `perl-portable` is for tests:
 * the script as it runs where it cannot make Linux system calls, such as on macOS.
 */
export type SupervisorKind = 'prebuilt' | 'perl' | 'perl-portable';

export interface Supervisor {
  readonly kind: 'prebuilt' | 'perl';
  /** Program and first arguments; a command of the supervisor follows. */
  readonly command: readonly string[];
  /** The command that supervises. */
  readonly run: readonly string[];
  /** Whether it can use prctl(2) and prlimit(2), which Perl has no functions for, by their numbers. */
  readonly systemCalls: boolean;
}

export interface NoSupervisor {
  readonly kind: 'none';
  readonly why: string;
  readonly fix: string;
}

const kinds: readonly string[] = ['prebuilt', 'perl', 'perl-portable'];

/** Processors of which supervisor/perl/System.pm knows the numbers of system calls. */
const knownProcessors: readonly string[] = ['x64', 'arm64', 'riscv64', 'loong64'];

export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** Where a bare program name is looked for. */
  readonly path: string | undefined;
}

const thisMachine = (): Machine => ({
  platform: process.platform,
  arch: process.arch,
  path: process.env.PATH,
});

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The system's own Perl first: one of the user's may lack what it was built without. */
function findPerl(path: string | undefined): string | undefined {
  const folders = ['/usr/bin', ...(path ?? '').split(':').filter(isAbsolute)];
  return folders.map((folder) => join(folder, 'perl')).find(isProgram);
}

function perlSupervisor({ platform, arch, path }: Machine, portable: boolean): Supervisor | undefined {
  const perl = findPerl(path);
  if (perl === undefined) return undefined;
  return {
    kind: 'perl',
    command: [perl, fileURLToPath(new URL('../supervisor/supervise.pl', import.meta.url))],
    run: portable ? ['run', 'portable'] : ['run'],
    systemCalls: !portable && platform === 'linux' && knownProcessors.includes(arch),
  };
}

function prebuiltSupervisor({ platform, arch }: Machine): Supervisor | undefined {
  const path = findPrebuilt(`${platform}-${arch}`);
  if (path === undefined) return undefined;
  return { kind: 'prebuilt', command: [path], run: ['run'], systemCalls: true };
}

function none({ platform, arch }: Machine, wanted: string | undefined): NoSupervisor {
  if (platform === 'win32') {
    return {
      kind: 'none',
      why: 'it needs the signals and sockets of a POSIX system, which Windows does not have',
      fix: 'Use it inside WSL (wsl --install), where it works as on Linux, or the container platform',
    };
  }
  const missing = wanted === undefined ? 'no prebuilt supervisor and no perl' : `no ${wanted} supervisor`;
  return {
    kind: 'none',
    why: `there is ${missing} for ${platform}-${arch}`,
    fix: 'Install perl 5 (/usr/bin/perl), or use another platform (duende doctor lists them)',
  };
}

/** @throws PlatformError Config / invalid-setting for a kind that there is not. */
function checkKind(text: string): SupervisorKind {
  if (kinds.includes(text)) return text as SupervisorKind;
  throw configError(`DUENDE_NATIVE_SUPERVISOR: expected prebuilt or perl, got ${JSON.stringify(text)}`, {
    platform: 'native',
    hint: 'Unset it to have the best one chosen',
  });
}

/**
 * The supervisor for this machine: the prebuilt one if there is one, else Perl. `wanted`, or `$DUENDE_NATIVE_SUPERVISOR`, forces one.
 * @throws PlatformError Config / invalid-setting when the variable names none.
 */
export function findSupervisor(
  wanted: SupervisorKind | undefined = undefined,
  machine: Machine = thisMachine(),
): Supervisor | NoSupervisor {
  const forced = wanted ?? (process.env.DUENDE_NATIVE_SUPERVISOR || undefined);
  const kind = forced === undefined ? undefined : checkKind(forced);
  if (machine.platform === 'win32') return none(machine, kind);
  const prebuilt = kind === undefined || kind === 'prebuilt' ? prebuiltSupervisor(machine) : undefined;
  if (prebuilt !== undefined || kind === 'prebuilt') return prebuilt ?? none(machine, kind);
  return perlSupervisor(machine, kind === 'perl-portable') ?? none(machine, kind);
}
