/** Another process that starts a VM, says what it knows of it, and ends: `client.ts KIND STATE_DIRECTORY VM PROGRAM CONFIG`. */

import { CloudHypervisorVmm } from '../../src/cloud-hypervisor/cloud-hypervisor-vmm.ts';
import { FirecrackerVmm } from '../../src/firecracker/firecracker-vmm.ts';

const [, , kind, stateDirectory = '', vmId = '', program = '', config = ''] = process.argv;
const Driver = kind === 'firecracker' ? FirecrackerVmm : CloudHypervisorVmm;
const vmm = new Driver({ stateDirectory, program, kvmDevice: '/dev/null' });
await vmm.start(vmId, JSON.parse(config));
const status = await vmm.status(vmId);
process.stdout.write(
  JSON.stringify(status, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
);
await vmm.close();
