import type { Command } from '../command.ts';
import { nameOption } from '../option.ts';
import { sendSignal } from './signal.ts';

export const command: Command = {
  name: 'pause',
  summary: 'Freeze a VM',
  positionals: ['name'],
  needs: ['name'],
  options: [nameOption],
  details: ['It keeps its memory and uses no processor. Its clock is set when it goes on.'],
  examples: ['pepita pause --name web'],
  run: (context) => sendSignal(context, 'STOP', 'paused'),
};
