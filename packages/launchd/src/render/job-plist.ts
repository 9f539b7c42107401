import { configError, type DaemonSpec, type RestartPolicy } from '@duende/core/contract';
import { labelOf } from '../label.ts';
import { checkKeys, type PlistDict, type PlistValue } from './keys.ts';

/** What a plist needs besides the spec; everything in it has been looked up by the executor. */
export interface PlistInput {
  readonly spec: DaemonSpec;
  /** Program and arguments of the job's own process. */
  readonly command: readonly string[];
  /** Where launchd writes what that process itself says. */
  readonly errors: string;
  readonly domain: 'gui' | 'user' | 'system';
  /** It comes back at login or boot. */
  readonly installed: boolean;
}

/** Seconds: launchd starts no job more often (launchd.plist(5), ThrottleInterval). */
export const throttleSeconds = 10;

/** launchd.plist(5), KeepAlive. That somebody stopped it is kept by bootout, and over a boot by `launchctl disable`. */
const keepAlive: Readonly<Record<RestartPolicy, PlistDict>> = {
  never: {},
  'on-failure': { KeepAlive: { SuccessfulExit: false } },
  always: { KeepAlive: true },
  'unless-stopped': { KeepAlive: true },
};

/** launchd kills what has not ended after this: a little later than Duende itself would. 0 would be never. */
const exitTimeOut = ({ stopTimeout }: DaemonSpec): number => Math.max(1, Math.ceil(stopTimeout / 1000)) + 2;

/** What the job's own process needs, which launchd gives the same limits. */
const leastOpenFiles = 32;

function limits({ resources }: DaemonSpec): PlistDict {
  const { openFilesMax, lockMemory } = resources;
  if (openFilesMax !== undefined && openFilesMax < leastOpenFiles) {
    throw configError(
      `resources.openFilesMax: the process of a job needs ${leastOpenFiles}, got ${openFilesMax}`,
      {
        field: 'resources.openFilesMax',
        platform: 'macos',
        operation: 'spawn',
        hint: `Give at least ${leastOpenFiles}`,
      },
    );
  }
  const both: PlistDict = {
    ...(openFilesMax === undefined ? {} : { NumberOfFiles: openFilesMax }),
    ...(lockMemory === undefined ? {} : { MemoryLock: lockMemory }),
  };
  return Object.keys(both).length === 0 ? {} : { SoftResourceLimits: both, HardResourceLimits: both };
}

/** Keys that would make another job of it than the spec says, and what to use instead. */
const reserved: Readonly<Record<string, string>> = {
  Label: 'name',
  Program: 'program',
  BundleProgram: 'program',
  ProgramArguments: 'args',
  EnableGlobbing: 'args',
  KeepAlive: 'restart.policy',
  RunAtLoad: 'duende install',
  Disabled: 'duende install',
  UserName: 'user',
  GroupName: 'group',
  WorkingDirectory: 'cwd',
  EnvironmentVariables: 'env',
  ExitTimeOut: 'stopTimeout',
  StandardOutPath: 'logs',
  StandardErrorPath: 'logs',
  StandardInPath: 'program: a daemon has no input',
  AbandonProcessGroup: 'stop, which leaves nothing',
  RootDirectory: 'container',
};

/** launchd gives these to the process of the job, which is not the daemon: it would ask for them in vain. */
const unreachable: readonly string[] = ['Sockets', 'MachServices', 'LaunchEvents', 'inetdCompatibility'];

function own({ platform }: DaemonSpec): PlistDict {
  const plist: unknown = platform.launchd?.plist ?? {};
  const fail = (path: string, why: string, hint?: string) =>
    configError(`${path}: ${why}`, { field: path, platform: 'macos', operation: 'spawn', hint });
  if (typeof plist !== 'object' || plist === null || Array.isArray(plist)) {
    throw fail(
      'platform.launchd.plist',
      `expected an object of keys of launchd.plist(5), got ${JSON.stringify(plist)}`,
    );
  }
  for (const key of Object.keys(plist)) {
    const path = `platform.launchd.plist.${key}`;
    if (Object.hasOwn(reserved, key)) throw fail(path, 'Duende sets this itself', `Use ${reserved[key]}`);
    if (!unreachable.includes(key)) continue;
    throw fail(
      path,
      'launchd gives it to the process of the job only, not to the daemon below it',
      'Let the daemon listen itself',
    );
  }
  return plist as Record<string, PlistValue>;
}

/** Pure: a spec as the property list of its job. @throws PlatformError Config naming a key that launchd would not keep. */
export function jobPlist({ spec, command, errors, domain, installed }: PlistInput): PlistDict {
  const plist: PlistDict = {
    Label: labelOf(spec.name),
    ProgramArguments: command,
    ...keepAlive[spec.restart.policy],
    RunAtLoad: installed,
    ThrottleInterval: throttleSeconds,
    ExitTimeOut: exitTimeOut(spec),
    // Without a type launchd throttles CPU and I/O a little.
    ProcessType: 'Standard',
    WorkingDirectory: '/',
    StandardErrorPath: errors,
    // Else an agent is for login sessions only (Aqua).
    ...(domain === 'user' ? { LimitLoadToSessionType: ['Background'] } : {}),
    ...limits(spec),
    ...own(spec),
  };
  checkKeys(plist);
  return plist;
}

/** The throttle that a plist really asks for. */
export const throttleOf = (plist: PlistDict): number => {
  const { ThrottleInterval } = plist;
  return typeof ThrottleInterval === 'number' && ThrottleInterval > 0 ? ThrottleInterval : throttleSeconds;
};
