import type { Command } from '../command.ts';
import { nameOption } from '../option.ts';
import { sendSignal } from './signal.ts';

export const command: Command = {
  name: 'resume',
  summary: 'Let a frozen VM go on',
  positionals: ['name'],
  needs: ['name'],
  options: [nameOption],
  examples: ['pepita resume --name web'],
  run: (context) => sendSignal(context, 'CONT', 'goes on'),
};
