import type { Area } from '../area.ts';
import { makeBeat } from '../beat.ts';
import { measurePs, measureStatusCommand } from '../native/commands.ts';
import { measureMemory } from '../native/memory.ts';
import { measureRestart } from '../native/restart.ts';
import { prepareSides } from '../native/setup.ts';
import { measureSignal } from '../native/signal.ts';
import { measureSpawn, measureStartCommand } from '../native/spawn.ts';

/** Plain processes: the native adapter against pm2, s6 and supervisord. */
export const area: Area = {
  name: 'native',
  title: 'Native: plain processes',
  prepare: async (context) => {
    const beat = await makeBeat(context, 'supervisord');
    const sides = await prepareSides(context, beat.script);
    return [
      { name: 'spawn', run: () => measureSpawn(context, sides) },
      { name: 'start command', run: () => measureStartCommand(sides) },
      { name: 'memory', run: () => measureMemory(sides) },
      { name: 'restart', run: () => measureRestart(context, sides, beat) },
      { name: 'status command', run: () => measureStatusCommand(sides) },
      { name: 'ps', run: () => measurePs(context) },
      { name: 'signal', run: () => measureSignal(context, sides) },
    ];
  },
};
