import {
  type Capabilities,
  everything,
  noCapabilities,
  type ResourceName,
  resourceNames,
  type Support,
  signals,
  supported,
  unsupported,
} from '@duende/core/contract';
import { whyNoPerl } from './job-program.ts';
import { systemLaunchctl } from './launchctl.ts';
import { statsFields } from './stats.ts';
import { traceSupport } from './trace-support.ts';

/** Why there is no launchd here at all. */
export function whyNoLaunchd(launchctl: string): string | undefined {
  if (process.platform === 'darwin' || launchctl !== systemLaunchctl) return whyNoPerl();
  return 'launchd is for macOS only';
}

const limits: Partial<Record<ResourceName, Support>> = {
  openFilesMax: supported('HardResourceLimits NumberOfFiles'),
  lockMemory: supported('HardResourceLimits MemoryLock'),
  memoryMax: unsupported(
    'launchd enforces no limit of memory (ResidentSetSize is a hint that the kernel ignores)',
    'Use container or pepita for it',
  ),
};

const resource = (name: ResourceName): Support =>
  limits[name] ??
  unsupported('macOS has no means for it that launchd could use', 'Use container or pepita for it');

const throttled = (what: string): Support =>
  unsupported(
    `launchd decides ${what}: it starts a job again at once, but no sooner than 10 s after its last start, and without end`,
    'Leave it out; platform.launchd.plist.ThrottleInterval makes the 10 s longer',
  );

const noSandbox = (what: string): Support =>
  unsupported(`launchd gives a job no ${what}`, 'Use container or pepita for it');

/** What jobs can do on this machine. */
export function launchdCapabilities(launchctl: string): Capabilities {
  const why = whyNoLaunchd(launchctl);
  if (why !== undefined) return noCapabilities(unsupported(why, 'Use native or container'));
  const byJob = supported('process of the job');
  return {
    signals: everything(signals, (name) =>
      supported(['TERM', 'KILL', 'STOP', 'CONT'].includes(name) ? 'the runner of the job' : 'launchctl kill'),
    ),
    restart: {
      never: supported('no KeepAlive'),
      'on-failure': supported('KeepAlive SuccessfulExit'),
      always: supported('KeepAlive'),
      'unless-stopped': supported('KeepAlive, launchctl disable'),
    },
    backoff: throttled('the delay'),
    restartLimit: throttled('how often'),
    readiness: { none: supported('execve(2) succeeded'), notify: supported('sd_notify socket and pipe') },
    health: { command: byJob, http: byJob, tcp: byJob },
    resources: everything(resourceNames, resource),
    sandbox: {
      filesystem: noSandbox('file system of its own'),
      network: noSandbox('network of its own'),
      capabilities: noSandbox('set of Linux capabilities'),
      noNewPrivileges: noSandbox('such promise'),
      seccomp: noSandbox('system call filter'),
    },
    identity: { user: supported('setuid(2), as root'), group: supported('setgid(2), as root') },
    daemons: { program: supported('execve(2)'), module: supported('Node.js') },
    logs: { capture: byJob, rotation: byJob, exact: byJob, bursts: byJob },
    stats: statsFields,
    trace: traceSupport(),
    install: supported('LaunchAgents, LaunchDaemons'),
    managerKill: unsupported(
      'launchd is process 1, which nobody can kill; a job whose own process is killed is started again by its policy',
    ),
    settings: ['plist'],
  };
}
