import {
  type Capabilities,
  type ResourceName,
  resourceNames,
  type Support,
  signals,
  supported,
  unsupported,
} from '@duende/core/contract';
import { type CgroupRoots, findCgroupRoots } from './cgroup-mounts.ts';
import { controllerOf } from './cgroup-plan.ts';

function resource(name: ResourceName, roots: CgroupRoots): Support {
  if (name === 'openFilesMax') return supported('RLIMIT_NOFILE');
  if (name === 'lockMemory') return supported('RLIMIT_MEMLOCK');
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

function everything<Key extends string>(
  keys: readonly Key[],
  support: (key: Key) => Support,
): Record<Key, Support> {
  return Object.fromEntries(keys.map((key) => [key, support(key)])) as Record<Key, Support>;
}

/** What plain processes can do on this machine. */
export function nativeCapabilities(roots: CgroupRoots = findCgroupRoots()): Capabilities {
  const bySupervisor = supported('supervisor');
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
    resources: everything(resourceNames, (name) => resource(name, roots)),
    sandbox: {
      filesystem: notHere('a file system of its own'),
      network: notHere('a network of its own'),
      capabilities: notHere('a set of Linux capabilities'),
      noNewPrivileges: supported('prctl(PR_SET_NO_NEW_PRIVS)'),
      seccomp: notHere('a system call filter'),
    },
    identity: { user: supported('setuid(2), as root'), group: supported('setgid(2), as root') },
    daemons: { program: supported('execve(2)'), module: supported('Node.js') },
    logs: { capture: bySupervisor, rotation: bySupervisor },
    stats: [
      'cpuUsec',
      'memoryBytes',
      'memoryLimitBytes',
      'pids',
      'openFiles',
      'ioReadBytes',
      'ioWriteBytes',
      'uptimeMs',
    ],
    trace: supported('strace'),
    install: unsupported(
      'plain processes do not survive a restart of the machine',
      'Use linux (systemd) or macos (launchd)',
    ),
    managerKill: supported('guardian process'),
    settings: [],
  };
}
