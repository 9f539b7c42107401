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
import { blockDevicePaths, findInPath } from '@duende/program';
import { type ControllerHome, controllerHomes } from './controllers.ts';
import { findHelper } from './helper-program.ts';
import { isRateLimited } from './journald-conf.ts';
import type { Scope } from './scope.ts';

const controllers: Partial<Record<ResourceName, string>> = {
  memoryMax: 'memory',
  memorySwapMax: 'memory',
  cpuQuota: 'cpu',
  cpuWeight: 'cpu',
  ioReadBps: 'io',
  ioWriteBps: 'io',
  pidsMax: 'pids',
};

const directives: Readonly<Record<ResourceName, string>> = {
  memoryMax: 'MemoryMax=',
  memorySwapMax: 'MemorySwapMax=',
  cpuQuota: 'CPUQuota=',
  cpuWeight: 'CPUWeight=',
  ioReadBps: 'IOReadBandwidthMax=',
  ioWriteBps: 'IOWriteBandwidthMax=',
  pidsMax: 'TasksMax=',
  openFilesMax: 'LimitNOFILE=',
  lockMemory: 'LimitMEMLOCK=',
};

function resource(name: ResourceName, scope: Scope, homes: ReadonlyMap<string, ControllerHome>): Support {
  const controller = controllers[name];
  if (controller === undefined) return supported(directives[name]);
  const home = homes.get(controller);
  if (home === undefined) {
    return unsupported(
      scope === 'user'
        ? `the user manager has not been given the ${controller} controller`
        : `the ${controller} controller is not there`,
      scope === 'user'
        ? 'Use the system manager (--scope system), or container'
        : 'Use container or pepita for it',
    );
  }
  if (controller === 'io' && blockDevicePaths().length === 0) {
    return unsupported('no block device can be seen here, and a rate is set for each', 'Leave it out');
  }
  if (name === 'memorySwapMax' && home === 'v1')
    return unsupported('systemd limits swap with cgroup v2 only');
  return supported(directives[name]);
}

/** In the system manager each unit says its own rate; journald takes that from nobody else. */
function bursts(scope: Scope): Support {
  if (scope === 'system') return supported('LogRateLimitBurst=');
  if (!isRateLimited()) return supported('journald.conf');
  return unsupported(
    'journald drops what a user writes beyond its rate (RateLimitBurst=), and says so in the log',
    'As root: RateLimitIntervalSec=0 in /etc/systemd/journald.conf.d/duende.conf, then systemctl restart systemd-journald',
  );
}

/** What units can do on this machine. */
export function systemdCapabilities(scope: Scope): Capabilities {
  const helper = findHelper();
  if (helper === undefined) return noCapabilities(noHelper());
  const homes = controllerHomes(scope);
  const byHelper = supported('duende-unit');
  const asOther = (key: string): Support =>
    scope === 'system'
      ? supported(key)
      : unsupported(
          'a user manager runs everything as its own user',
          'Use the system manager (--scope system)',
        );
  return {
    signals: everything(signals, () => supported('KillUnit')),
    restart: {
      never: supported('Restart=no'),
      'on-failure': supported('Restart=on-failure'),
      always: supported('Restart=always'),
      'unless-stopped': supported('Restart=always'),
    },
    readiness: { none: supported('execve(2) succeeded'), notify: supported('Type=notify') },
    health: { command: byHelper, http: byHelper, tcp: byHelper },
    resources: everything(resourceNames, (name) => resource(name, scope, homes)),
    sandbox: {
      filesystem: supported('ProtectSystem=, ProtectHome=, PrivateTmp='),
      network: supported('PrivateNetwork='),
      capabilities:
        scope === 'system'
          ? supported('CapabilityBoundingSet=')
          : unsupported(
              'a user manager has no capabilities to give',
              'Use the system manager (--scope system)',
            ),
      noNewPrivileges: supported('NoNewPrivileges='),
      seccomp: supported('SystemCallFilter='),
    },
    identity: { user: asOther('User='), group: asOther('Group=') },
    daemons: { program: supported('ExecStart='), module: supported('Node.js') },
    logs: {
      capture: supported('journald'),
      rotation: unsupported(
        'journald rotates all logs together, by its own settings (journald.conf(5))',
        'Leave logs out',
      ),
      bursts: bursts(scope),
      exact: unsupported(
        'journald drops empty lines and spaces at the end of a line',
        'Use native, or write what needs no such spaces',
      ),
    },
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
    trace:
      findInPath('strace') === undefined
        ? unsupported('strace is not installed', 'Install it: duende trace says with which command')
        : supported('strace'),
    install: supported('unit file'),
    managerKill: supported('systemd'),
    settings: ['properties', 'watchdog', 'linger'],
  };
}

const noHelper = (): Support =>
  unsupported(
    process.platform === 'linux'
      ? `there is no prebuilt duende-unit for ${process.arch}`
      : 'systemd is for Linux only',
    'Use native or container',
  );
