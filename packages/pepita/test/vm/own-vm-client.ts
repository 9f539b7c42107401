/** A process that starts VMs for itself, has said nothing to their guests yet, and does nothing then: `node own-vm-client.ts STATE KERNEL`. */
import { vmConfig } from '../../src/boot/machine.ts';
import { ownVmId } from '../../src/boot/own-vm-id.ts';
import { openMachine } from '../../src/index.ts';
import { mebibyte } from './harness-parts.ts';

const [stateDirectory = '', kernel] = process.argv.slice(2);
const machine = await openMachine({ stateDirectory, kernel, accel: 'tcg' });
const restart = { delay: 10, factor: 1, maxDelay: 10, maxRestarts: 0, window: 60_000 };
const vmIds = ['spare', 'template'].map(ownVmId);
const [spare = '', template = ''] = vmIds;
const request = { memory: 128 * mebibyte, vcpus: 1 };
// As a spare of daemons that are restarted is: its supervisor would start it again.
await machine.vmm.start(spare, vmConfig(machine, { ...request, vmId: spare, restart }));
await machine.vmm.start(template, vmConfig(machine, { ...request, vmId: template }));
console.log(JSON.stringify(vmIds));
setInterval(() => undefined, 1000);
