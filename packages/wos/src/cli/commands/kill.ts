import type { Command } from '../command.ts';
import { command as signal } from './signal.ts';

export const command: Command = { ...signal, name: 'kill', summary: 'The same as signal' };
