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
import { blockDevicePaths, findInPath } from '@duende/program';
import type { Runtime } from './engine/engine.ts';
import { findInit } from './init-program.ts';
import { settingNames } from './setting-names.ts';

const names = { docker: 'Docker', podman: 'Podman', containerd: 'containerd' } as const;

const stats: readonly StatsField[] = [
  'cpuUsec',
  'memoryBytes',
  'memoryLimitBytes',
  'pids',
  'openFiles',
  'ioReadBytes',
  'ioWriteBytes',
  'uptimeMs',
];

function resource(name: ResourceName): Support {
  if (name === 'openFilesMax') return supported('RLIMIT_NOFILE');
  if (name === 'lockMemory') return supported('RLIMIT_MEMLOCK');
  if ((name === 'ioReadBps' || name === 'ioWriteBps') && blockDevicePaths().length === 0) {
    return unsupported('this machine shows no block devices');
  }
  return supported("the container's control group");
}

function trace(): Support {
  if (findInPath('strace') !== undefined) return supported("strace, from the engine's machine");
  return unsupported('strace is not installed', 'Install it: duende trace says with which command');
}

/** Settings of `platform.container` that only some engines have. */
const dockerOnly: readonly string[] = ['swarm'];
const networked: readonly string[] = ['ports', 'hostConfig', 'credentials'];

/** What containers of an engine can do on this machine. What only the engine knows of its machine is refused by `spawn`. */
export function containerCapabilities(runtime: Runtime): Capabilities {
  if (process.platform !== 'linux') {
    return noCapabilities(
      unsupported(
        'the engine runs in a virtual machine here, whose processes and sockets cannot be reached',
        'Run duende inside of that machine, or use native or macos (launchd)',
      ),
    );
  }
  if (findInit() === undefined) {
    return noCapabilities(
      unsupported(
        `there is no prebuilt init for this processor (${process.arch})`,
        'Use native or linux (systemd)',
      ),
    );
  }
  const init = supported('duende-init, PID 1 of the container');
  const engine = supported(names[runtime]);
  const left = runtime === 'docker' ? [] : runtime === 'podman' ? dockerOnly : [...dockerOnly, ...networked];
  return {
    signals: everything(signals, (name) =>
      name === 'STOP' || name === 'CONT' ? supported("the engine's freezer") : init,
    ),
    restart: { never: init, 'on-failure': init, always: init, 'unless-stopped': init },
    readiness: { none: supported('execve(2) succeeded'), notify: supported('sd_notify socket and pipe') },
    health: { command: init, http: init, tcp: init },
    resources: everything(resourceNames, resource),
    sandbox: {
      filesystem: engine,
      network: engine,
      capabilities: engine,
      noNewPrivileges: engine,
      seccomp: engine,
    },
    identity: { user: engine, group: engine },
    daemons: { program: engine, module: supported('Node.js in an image made here') },
    logs: { capture: init, rotation: init, exact: init, bursts: init },
    stats,
    trace: trace(),
    install: unsupported(
      'a container is nothing that could be installed',
      runtime === 'docker'
        ? 'Use restart always or unless-stopped: it comes back with the engine, when that starts with the machine'
        : 'Use linux (systemd), or Docker, which starts containers again when it starts',
    ),
    managerKill: supported(
      runtime === 'docker' ? 'live-restore of dockerd' : 'containers do not depend on it',
    ),
    settings: settingNames.filter((name) => !left.includes(name)),
  };
}
