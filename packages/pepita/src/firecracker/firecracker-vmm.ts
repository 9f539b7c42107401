import { open, rename, rm } from 'node:fs/promises';
import { checkRestConfig } from '../vmm-rest/check-config.ts';
import { memoryPatience, type RestEngine } from '../vmm-rest/engine.ts';
import type { RestClient } from '../vmm-rest/rest-client.ts';
import { RestVmm, type RestVmmOptions } from '../vmm-rest/rest-vmm.ts';
import { restFiles } from '../vmm-rest/vm-record.ts';
import { endOfFirecracker } from './firecracker-end.ts';
import {
  bootRequests,
  createSnapshotRequest,
  type FirecrackerRequest,
  loadSnapshotRequest,
  stateRequest,
} from './requests.ts';

/** swagger, MachineConfiguration: `vcpu_count`, at most. */
const mostVcpus = 32;

const send = (api: RestClient, { method, path, body }: FirecrackerRequest, patience?: number) =>
  api.request(method, path, body, patience === undefined ? {} : { patience });

/**
 * Firecracker by its API. The facts: src/firecracker/swagger/firecracker.yaml, docs/vsock.md and docs/snapshotting/snapshot-support.md
 * of github.com/firecracker-microvm/firecracker (Apache-2.0).
 */
export const firecrackerEngine: RestEngine = {
  kind: 'firecracker',
  root: '/',
  program: {
    title: 'Firecracker',
    name: 'firecracker',
    oldest: [1, 8],
    because: 'whose guests find their devices by ACPI',
    hint: 'Install its release from github.com/firecracker-microvm/firecracker/releases, or use QEMU',
  },
  // Ids have letters, digits and hyphens only (src/utils/src/validators.rs); it is for its log.
  args: (vmId) => [
    '--api-sock',
    restFiles.api,
    '--id',
    vmId.replaceAll(/[^A-Za-z0-9-]/g, '-'),
    '--level',
    'Warning',
  ],
  check: (config) => checkRestConfig('Firecracker', config, { vcpus: mostVcpus }),
  ping: async (api) => {
    await api.request('GET', '');
  },
  boot: async (api, config) => {
    for (const request of bootRequests(config)) await send(api, request);
  },
  restore: async (api, { file, memory }) => {
    await send(api, loadSnapshotRequest(file, memory), memoryPatience);
  },
  pause: async (api) => {
    await send(api, stateRequest('Paused'));
  },
  resume: async (api) => {
    await send(api, stateRequest('Resumed'));
  },
  snapshot: async (api, { file, memory }) => {
    // Beside it, then in its place: what is there may be mapped by this very guest, and by clones.
    const fresh = `${memory}.new`;
    await rm(fresh, { force: true });
    try {
      // Firecracker would make it with the mode that is usual, and overwrites one that is there.
      await (await open(fresh, 'wx', 0o600)).close();
      await send(api, createSnapshotRequest(file, fresh), memoryPatience);
      await rename(fresh, memory);
    } finally {
      await rm(fresh, { force: true });
    }
  },
  // swagger, InstanceInfo: `Not started`, `Running`, `Paused`.
  isPaused: async (api) => {
    const info = (await api.request('GET', '')) as { readonly state?: unknown } | undefined;
    return info?.state === 'Paused';
  },
  endOf: async ({ exit, console }) => endOfFirecracker(exit, console),
};

/** Runs VMs with Firecracker 1.8 or newer, with KVM only. Not yet run with a real one: see the README. */
export class FirecrackerVmm extends RestVmm {
  constructor(options: RestVmmOptions) {
    super(firecrackerEngine, options);
  }
}
