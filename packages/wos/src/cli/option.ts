import { parseDuration, parseSignal, parseSize, signals } from '@duende/core/contract';
import { parseCapability } from '../kernel/capability.ts';
import { parsePriority, priorityTitle } from './priority.ts';

/** What a value must look like. */
interface ValueKind {
  readonly expected: string;
  accepts(text: string): boolean;
}

export const kinds = {
  text: { expected: 'a text', accepts: () => true },
  path: { expected: 'a path', accepts: (text) => text !== '' },
  count: { expected: 'a whole number', accepts: (text) => /^\d{1,9}$/.test(text) },
  pid: { expected: 'a PID', accepts: (text) => /^[1-9]\d{0,9}$/.test(text) && Number(text) <= 2 ** 31 },
  size: { expected: 'a size such as 64M', accepts: (text) => parseSize(text) !== undefined },
  duration: { expected: 'a duration such as 10s', accepts: (text) => parseDuration(text) !== undefined },
  signal: {
    expected: `one of ${signals.join(', ')}, or the Linux number of one`,
    accepts: (text) => parseSignal(text) !== undefined,
  },
  isolation: {
    expected: 'shared or process',
    accepts: (text) => text === 'shared' || text === 'process',
  },
  variable: { expected: 'NAME=VALUE', accepts: (text) => text.indexOf('=') > 0 },
  priority: { expected: priorityTitle, accepts: (text) => parsePriority(text) !== undefined },
  capability: {
    expected:
      'net, net:connect=HOST:PORT, net:listen=HOST:PORT, fs:read=DIR[:GUEST], fs:write=DIR[:GUEST] or spawn',
    accepts: (text) => parseCapability(text) !== undefined,
  },
} as const satisfies Record<string, ValueKind>;

/** One option: what the parser and --help both read. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  /** Stands for the value in --help. Without it the option is a switch. */
  readonly value?: string;
  /** `text` without it. */
  readonly kind?: keyof typeof kinds;
  readonly multiple?: true;
  readonly help: string;
}

/** On every command. */
export const commonOptions: readonly OptionSpec[] = [
  {
    name: 'state-dir',
    value: 'DIR',
    kind: 'path',
    help: 'Where state is kept; $DUENDE_STATE_DIR without it',
  },
  { name: 'json', help: 'Print JSON on stdout and nothing else' },
  { name: 'verbose', help: 'Say more: the causes of an error' },
  { name: 'help', short: 'h', help: 'Show this help' },
];

/** On every command about one process. */
export const processOptions: readonly OptionSpec[] = [
  {
    name: 'pid',
    short: 'p',
    value: 'PID',
    kind: 'pid',
    help: 'Of the process; may also be given without --pid',
  },
  { name: 'name', value: 'NAME', help: 'Its name instead: web or duende-web' },
];
