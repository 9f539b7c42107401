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
import { findInPath } from '@duende/program';
import { type VmmKind, vmmTitles } from '../vmm-rest/vmm-kind.ts';
import { settingNames } from './setting-names.ts';

function resource(name: ResourceName): Support {
  if (name === 'openFilesMax') return supported('RLIMIT_NOFILE in the guest');
  if (name === 'lockMemory') return supported('RLIMIT_MEMLOCK in the guest');
  if (name === 'ioReadBps' || name === 'ioWriteBps') {
    return unsupported('the disk of a guest is read-only, and what it writes is in its memory');
  }
  if (name === 'memorySwapMax') return unsupported('a guest has no swap');
  return supported('the control group of the daemon in the guest');
}

/** Restart policies but `never`: the supervisor of a VM must make it again, and only QEMU is told all of it by arguments. */
function restarts(vmm: VmmKind): Support {
  if (vmm === 'qemu') return supported('duende-init in the guest');
  return unsupported(
    `${vmmTitles[vmm]} does not start a VM again that has died`,
    'Use QEMU: platform.pepita.vmm',
  );
}

/** What microVMs can do on this machine, on a VMM. */
export function pepitaCapabilities(vmm: VmmKind = 'qemu'): Capabilities {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return noCapabilities(
      unsupported(
        `microVMs run on Linux on x64, and this machine is ${process.platform} on ${process.arch}`,
        'Use another platform: native or container',
      ),
    );
  }
  const init = supported('duende-init in the guest');
  const again = restarts(vmm);
  const vm = supported('the guest is a machine of its own');
  return {
    signals: everything(signals, (name) =>
      name === 'STOP' || name === 'CONT' ? supported('the whole VM is frozen') : init,
    ),
    restart: { never: init, 'on-failure': again, always: again, 'unless-stopped': again },
    readiness: { none: supported('execve(2) succeeded'), notify: supported('sd_notify socket and pipe') },
    health: { command: init, http: init, tcp: init },
    resources: everything(resourceNames, resource),
    sandbox: {
      filesystem: vm,
      network: vm,
      capabilities: unsupported(
        'the init of a guest keeps or drops them all',
        'Give a user: only root has any',
      ),
      noNewPrivileges: init,
      seccomp: unsupported('guests have no filter of system calls', 'Use container'),
    },
    identity: { user: init, group: init },
    daemons: { program: vm, module: supported('Node.js in a root made here') },
    logs: { capture: init, rotation: supported('duende-bridge'), exact: init, bursts: init },
    stats: ['cpuUsec', 'memoryBytes', 'memoryLimitBytes', 'pids', 'uptimeMs'],
    trace:
      findInPath('strace') === undefined
        ? unsupported('strace is not installed', 'Install it: duende trace says with which command')
        : supported('strace of this machine, in the guest'),
    install: unsupported('a VM ends with the machine that it runs on', 'Use linux (systemd)'),
    managerKill: supported('each VM has a supervisor and a bridge of its own, each of which is replaced'),
    settings: settingNames,
  };
}
