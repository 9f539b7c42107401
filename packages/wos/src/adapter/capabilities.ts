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
import { hasJspi } from '../kernel/jspi.ts';
import { settingNames } from './setting-names.ts';

export const newerNode = 'Use Node.js 24 or later';

function resource(name: ResourceName): Support {
  switch (name) {
    case 'memoryMax':
      return supported('the maximum of the memory of its module');
    case 'cpuQuota':
      return supported('the scheduler of the kernel, for it and what it starts together');
    case 'openFilesMax':
      return supported('the descriptors of each process');
    case 'pidsMax':
      return supported('the process table of the kernel');
    case 'cpuWeight':
      return unsupported('WOS has eight priorities and no weights', 'Use platform.wos.priority, from 0 to 7');
    default:
      return unsupported(
        'WOS processes are parts of one process of the machine, which cannot be limited for each of them',
        'Use linux (systemd) or container for it',
      );
  }
}

/** What WOS can do in this Node. */
export function wosCapabilities(isHere = hasJspi()): Capabilities {
  if (!isHere) {
    const why = `This Node.js (${process.version}) cannot suspend WebAssembly: it has no JSPI`;
    return noCapabilities(unsupported(why, newerNode));
  }
  const kernel = supported('the kernel');
  const grants = supported('nothing but what platform.wos grants is there');
  const noIdentity = unsupported('WOS has no users', 'Use native, linux (systemd) or container for it');
  return {
    signals: everything(signals, () => kernel),
    restart: { never: kernel, 'on-failure': kernel, always: kernel, 'unless-stopped': kernel },
    readiness: { none: supported('its module was instantiated'), notify: supported('lines of sd_notify(3)') },
    health: { command: supported('a module, run in the kernel'), http: kernel, tcp: kernel },
    resources: everything(resourceNames, resource),
    sandbox: {
      filesystem: grants,
      network: grants,
      capabilities: unsupported(
        'WOS processes have no capabilities of Linux',
        'Use platform.wos.capabilities',
      ),
      noNewPrivileges: supported('a module cannot execute programs of the machine'),
      seccomp: unsupported(
        'WOS processes make no system calls of Linux: WASI is all that they have',
        'Leave it out, or use linux (systemd) or container',
      ),
    },
    identity: { user: noIdentity, group: noIdentity },
    daemons: { program: supported('WASI preview1 modules'), module: supported('QuickJS') },
    logs: { capture: kernel, rotation: kernel, exact: kernel, bursts: kernel },
    stats: ['cpuUsec', 'memoryBytes', 'memoryLimitBytes', 'pids', 'openFiles', 'uptimeMs'],
    trace: supported('the kernel, which sees each call'),
    install: unsupported('a WOS kernel ends with the machine that it runs on', 'Use linux (systemd)'),
    managerKill: unsupported(
      'a kernel that is killed takes its processes with it; the next one restarts them by their policy',
      'Use native, linux (systemd) or container for it',
    ),
    settings: settingNames,
  };
}
