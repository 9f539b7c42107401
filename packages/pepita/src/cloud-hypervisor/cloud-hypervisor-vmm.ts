import { join } from 'node:path';
import { checkRestConfig } from '../vmm-rest/check-config.ts';
import { memoryPatience, type RestEngine } from '../vmm-rest/engine.ts';
import { RestVmm, type RestVmmOptions } from '../vmm-rest/rest-vmm.ts';
import { restFiles } from '../vmm-rest/vm-record.ts';
import { endOfCloudHypervisor } from './cloud-hypervisor-end.ts';
import { eventsFile, isOver, readMonitor, untilOver } from './events.ts';
import { vmConfigBody } from './requests.ts';
import { packSnapshot, unpackSnapshot } from './snapshot-file.ts';

/** Without x2APIC, arch/src/x86_64/mod.rs: `MAX_SUPPORTED_CPUS_LEGACY`. */
const mostVcpus = 254;
/** Of the folder of a VM: the snapshot that it goes on from. */
const snapshotFolder = 'snapshot';

/**
 * cloud-hypervisor by its API. The facts: vmm/src/api/openapi/cloud-hypervisor.yaml, docs/api.md, docs/vsock.md and
 * docs/snapshot_restore.md of github.com/cloud-hypervisor/cloud-hypervisor (Apache-2.0, BSD-3-Clause).
 */
export const cloudHypervisorEngine: RestEngine = {
  kind: 'cloud-hypervisor',
  root: '/api/v1/',
  program: {
    title: 'cloud-hypervisor',
    name: 'cloud-hypervisor',
    oldest: [38, 0],
    because: 'which tells when a guest panics',
    hint: 'Install its release from github.com/cloud-hypervisor/cloud-hypervisor/releases, or use QEMU',
  },
  args: () => ['--api-socket', `path=${restFiles.api}`, '--event-monitor', `path=${eventsFile}`],
  check: (config) => checkRestConfig('cloud-hypervisor', config, { vcpus: mostVcpus }),
  ping: async (api) => {
    await api.request('GET', 'vmm.ping');
  },
  boot: async (api, config) => {
    await api.request('PUT', 'vm.create', vmConfigBody(config));
    await api.request('PUT', 'vm.boot');
  },
  restore: async (api, { file, memory, folder }) => {
    const url = await unpackSnapshot(file, memory, join(folder, snapshotFolder));
    await api.request('PUT', 'vm.restore', { source_url: url }, { patience: memoryPatience });
    // It comes up paused.
    await api.request('PUT', 'vm.resume');
  },
  // Twice is an error there, InvalidStateTransition, and none with the other VMMs.
  pause: async (api) => {
    if (!(await cloudHypervisorEngine.isPaused(api))) await api.request('PUT', 'vm.pause');
  },
  resume: async (api) => {
    if (await cloudHypervisorEngine.isPaused(api)) await api.request('PUT', 'vm.resume');
  },
  snapshot: async (api, target) => {
    await packSnapshot(target, (url) =>
      api.request('PUT', 'vm.snapshot', { destination_url: url }, { patience: memoryPatience }),
    );
  },
  // VmInfo, VmState: `Created`, `Running`, `Shutdown`, `Paused`, `BreakPoint`.
  isPaused: async (api) => {
    const info = (await api.request('GET', 'vm.info')) as { readonly state?: unknown } | undefined;
    return info?.state === 'Paused';
  },
  endOf: async ({ folder, exit, console }) => endOfCloudHypervisor(await readMonitor(folder), exit, console),
  isOver: async (folder) => isOver(await readMonitor(folder)),
  untilOver,
};

/** Runs VMs with cloud-hypervisor 38 or newer, with KVM only. Not yet run with a real one: see the README. */
export class CloudHypervisorVmm extends RestVmm {
  constructor(options: RestVmmOptions) {
    super(cloudHypervisorEngine, options);
  }
}
