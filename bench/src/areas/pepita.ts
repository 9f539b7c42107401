import type { Area } from '../area.ts';
import { measurements } from '../pepita/measurements.ts';
import { startPepita } from '../pepita/side.ts';

/** MicroVMs: the adapter, and bare QEMU with the same kernel and initramfs. The kernel is fetched for it (apt). */
export const area: Area = {
  name: 'pepita',
  title: 'MicroVMs (QEMU, TCG)',
  prepare: async (context) => {
    const side = await startPepita(context);
    return Object.entries(measurements).map(([name, measure]) => ({ name, run: () => measure(side) }));
  },
};
