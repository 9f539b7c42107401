import {
  type Capabilities,
  everything,
  noCapabilities,
  type ResourceName,
  resourceNames,
  type StatsField,
  type Support,
  signals,
  supported,
  unsupported,
} from '@duende/core/contract';
import { findInPath } from '@duende/program';
import { type CgroupRoots, findCgroupRoots } from './cgroup-mounts.ts';
import { controllerOf } from './cgroup-plan.ts';
import { findSupervisor, type NoSupervisor, type Supervisor } from './supervisor-command.ts';

const onLinux = process.platform === 'linux';

/** What the Perl supervisor cannot ask of the system: Perl has no function for it, and no number of the system call is known. */
const noCall = (what: string): Support =>
  unsupported(
    `Perl has no function for ${what}, and there is no prebuilt supervisor here`,
    onLinux ? 'Use linux (systemd) or container for it' : 'Use macos (launchd) or container for it',
  );

function trace(): Support {
  if (!onLinux) return unsupported('strace is for Linux only');
  if (findInPath('strace') !== undefined) return supported('strace');
  return unsupported('strace is not installed', 'Install it: duende trace says with which command');
}

function resource(name: ResourceName, roots: CgroupRoots, { kind, systemCalls }: Supervisor): Support {
  if (name === 'openFilesMax') return systemCalls ? supported('RLIMIT_NOFILE') : noCall('setrlimit(2)');
  if (name === 'lockMemory') return systemCalls ? supported('RLIMIT_MEMLOCK') : noCall('setrlimit(2)');
  if (kind === 'perl') {
    return unsupported(
      'the Perl supervisor uses no control groups',
      onLinux ? 'Use linux (systemd) or container for it' : 'Use container or pepita for it',
    );
  }
  const controller = controllerOf(name);
  const root = controller && roots[controller];
  if (root) return supported(`cgroup v${root.version} (${controller})`);
  return unsupported(
    `no control group with the ${controller} controller may be written here`,
    'Run as root, or choose a platform that can: linux (systemd) or container',
  );
}

const notHere = (what: string): Support =>
  unsupported(
    `a plain process cannot be given ${what}`,
    'Use linux (systemd), container, pepita or wos for it',
  );

function noNewPrivileges({ systemCalls }: Supervisor): Support {
  return systemCalls ? supported('prctl(PR_SET_NO_NEW_PRIVS)') : noCall('prctl(2)');
}

/** ps(1) of macOS knows less than /proc. */
const statsFields: readonly StatsField[] = onLinux
  ? [
      'cpuUsec',
      'memoryBytes',
      'memoryLimitBytes',
      'pids',
      'openFiles',
      'ioReadBytes',
      'ioWriteBytes',
      'uptimeMs',
    ]
  : ['cpuUsec', 'memoryBytes', 'pids', 'uptimeMs'];

function managerKill({ kind }: Supervisor): Support {
  if (kind === 'prebuilt') return supported('guardian process');
  return unsupported(
    'the Perl supervisor has no guardian: when it is killed its daemon runs on, but is not restarted, its exit is not known and its output not read',
  );
}

/** What plain processes can do on this machine, under this supervisor. */
export function nativeCapabilities(
  supervisor: Supervisor | NoSupervisor = findSupervisor(),
  roots: CgroupRoots = findCgroupRoots(),
): Capabilities {
  if (supervisor.kind === 'none') return noCapabilities(unsupported(supervisor.why, supervisor.fix));
  const bySupervisor = supported(supervisor.kind === 'perl' ? 'supervisor (Perl)' : 'supervisor');
  return {
    signals: everything(signals, () => supported('kill(2) by the parent')),
    restart: {
      never: bySupervisor,
      'on-failure': bySupervisor,
      always: bySupervisor,
      'unless-stopped': bySupervisor,
    },
    readiness: { none: supported('execve(2) succeeded'), notify: supported('sd_notify socket and pipe') },
    health: { command: bySupervisor, http: bySupervisor, tcp: bySupervisor },
    resources: everything(resourceNames, (name) => resource(name, roots, supervisor)),
    sandbox: {
      filesystem: notHere('a file system of its own'),
      network: notHere('a network of its own'),
      capabilities: notHere('a set of Linux capabilities'),
      noNewPrivileges: noNewPrivileges(supervisor),
      seccomp: notHere('a system call filter'),
    },
    identity: { user: supported('setuid(2), as root'), group: supported('setgid(2), as root') },
    daemons: { program: supported('execve(2)'), module: supported('Node.js') },
    logs: { capture: bySupervisor, rotation: bySupervisor, exact: bySupervisor, bursts: bySupervisor },
    stats: statsFields,
    trace: trace(),
    install: unsupported(
      'plain processes do not survive a restart of the machine',
      'Use linux (systemd) or macos (launchd)',
    ),
    managerKill: managerKill(supervisor),
    settings: [],
  };
}
