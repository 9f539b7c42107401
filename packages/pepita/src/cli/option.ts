import { parseSignal, parseSize, restartPolicies, signals } from '@duende/core/contract';
import { vmmKinds } from '../vmm-rest/vmm-kind.ts';

/** What a value must look like. */
interface ValueKind {
  readonly expected: string;
  accepts(text: string): boolean;
}

export const kinds = {
  text: { expected: 'a text', accepts: () => true },
  path: { expected: 'a path', accepts: (text) => text !== '' },
  count: { expected: 'a whole number', accepts: (text) => /^\d{1,9}$/.test(text) },
  memory: {
    expected: 'a size such as 256M, or a number of MiB',
    accepts: (text) => parseMemory(text) !== undefined,
  },
  signal: {
    expected: `one of ${signals.join(', ')}, or the Linux number of one`,
    accepts: (text) => parseSignal(text) !== undefined,
  },
  variable: { expected: 'NAME=VALUE', accepts: (text) => text.indexOf('=') > 0 },
  port: {
    expected: 'GUEST, HOST:GUEST or HOST:GUEST/udp',
    accepts: (text) => /^(\d{1,5}:)?\d{1,5}(\/(tcp|udp))?$/.test(text),
  },
  format: {
    expected: 'one of name, json, table',
    accepts: (text) => ['name', 'json', 'table'].includes(text),
  },
  accel: { expected: 'kvm or tcg', accepts: (text) => text === 'kvm' || text === 'tcg' },
  vmm: {
    expected: `one of ${vmmKinds.join(', ')}`,
    accepts: (text) => (vmmKinds as readonly string[]).includes(text),
  },
  network: { expected: 'none or user', accepts: (text) => text === 'none' || text === 'user' },
  restart: {
    expected: `one of ${restartPolicies.join(', ')}`,
    accepts: (text) => (restartPolicies as readonly string[]).includes(text),
  },
  user: { expected: 'UID or UID:GID', accepts: (text) => /^\d{1,9}(:\d{1,9})?$/.test(text) },
} as const satisfies Record<string, ValueKind>;

/** Pure: bytes of a size; a bare number is MiB, as the original has it. */
export function parseMemory(text: string): number | undefined {
  return parseSize(/^\d+$/.test(text) ? `${text}M` : text);
}

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
  { name: 'verbose', help: 'Say more: notes of a start, causes of an error' },
  { name: 'help', short: 'h', help: 'Show this help' },
];

export const nameOption: OptionSpec = {
  name: 'name',
  value: 'NAME',
  help: 'Of the VM: web or duende-vm-web; may also be given without --name',
};
