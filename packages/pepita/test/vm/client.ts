/** A process that starts a VM, or a template, and then does nothing: `node client.ts STATE KERNEL VM`. */
import { bootMachine, openMachine } from '../../src/index.ts';
import { mebibyte, rootfsOf } from './harness-parts.ts';

const [stateDirectory = '', kernel, vmId = ''] = process.argv.slice(2);
const machine = await openMachine({ stateDirectory, kernel, accel: 'tcg' });
const rootfs = await rootfsOf(machine);
console.log('opened');
const booted = await bootMachine(machine, { vmId, memory: 128 * mebibyte, vcpus: 1, rootfs });
console.log(JSON.stringify(booted));
setInterval(() => undefined, 1000);
