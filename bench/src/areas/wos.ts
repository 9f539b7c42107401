import type { Area } from '../area.ts';
import { measureAdapter } from '../wos/adapter.ts';
import { measureCold } from '../wos/cold.ts';
import { measureHundred } from '../wos/hundred.ts';
import { measureDaemons } from '../wos/javascript.ts';
import { measureQuickJs } from '../wos/quickjs.ts';
import { prepareSide } from '../wos/side.ts';
import { measureSignals } from '../wos/signals.ts';
import { measureCrowd, measureSpawn } from '../wos/spawn.ts';
import { measureSpeed } from '../wos/speed.ts';
import { measureSwitch } from '../wos/switching.ts';
import { measureTracing } from '../wos/tracing.ts';

/** WebAssembly processes: the kernel against node:wasi and V8 itself; wasmtime too, where it is installed. */
export const area: Area = {
  name: 'wos',
  title: 'WOS: WebAssembly processes',
  prepare: async (context) => {
    const side = await prepareSide(context);
    return [
      { name: 'spawn', run: () => measureSpawn(side) },
      { name: 'crowd', run: () => measureCrowd(side) },
      { name: 'switch', run: () => measureSwitch(side) },
      { name: 'signals', run: () => measureSignals(side) },
      { name: 'cold', run: () => measureCold(side) },
      { name: 'speed', run: () => measureSpeed(side) },
      { name: 'quickjs', run: () => measureQuickJs(side) },
      { name: 'hundred', run: () => measureHundred(side) },
      { name: 'daemons', run: () => measureDaemons(side) },
      { name: 'adapter', run: () => measureAdapter(side) },
      { name: 'tracing', run: () => measureTracing(side) },
    ];
  },
};
