import { type DaemonSpec, PlatformError } from '@duende/core/contract';
import type { Frame } from '../frames.ts';

/** The program as it is executed: by its absolute path, with what a module daemon's host needs besides. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The helper connects by itself and resolves no names: an address, or `localhost`. */
function address(host: string, field: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (bare === 'localhost') return '127.0.0.1';
  if (/^\d+\.\d+\.\d+\.\d+$/.test(bare) || bare.includes(':')) return bare;
  throw new PlatformError(
    'Config',
    `${field}: Linux (systemd) checks only addresses and localhost, got ${JSON.stringify(host)}`,
    {
      reason: 'invalid-setting',
      platform: 'linux',
      operation: 'spawn',
      field,
      hint: 'Give the address, such as 127.0.0.1, or use a command check',
    },
  );
}

export const healthPort = ({ health }: DaemonSpec): number =>
  health?.type === 'tcp' ? health.port : health?.type === 'http' ? Number(new URL(health.url).port || 80) : 0;

function healthFrames({ health }: DaemonSpec, commandFile: string | undefined): Frame[] {
  if (!health) return [];
  if (health.type === 'command') {
    const [, ...rest] = health.command;
    return [commandFile as string, ...rest].map((argument): Frame => ['healthArgument', argument]);
  }
  if (health.type === 'tcp') return [['healthHost', address(health.host, 'health.host')]];
  const url = new URL(health.url);
  const request = `GET ${url.pathname}${url.search} HTTP/1.0\r\nHost: ${url.host}\r\nUser-Agent: duende\r\nConnection: close\r\n\r\n`;
  return [
    ['healthHost', address(url.hostname, 'health.url')],
    ['healthRequest', request],
  ];
}

/** Pure: what the helper executes, byte for byte. `healthCommand` is the file of a command check. */
export function execFrames(spec: DaemonSpec, program: Program, healthCommand?: string): Frame[] {
  const argv0 = 'program' in spec ? spec.program : program.file;
  return [
    ['identifier', spec.name],
    ['program', program.file],
    ...[argv0, ...program.args].map((argument): Frame => ['argument', argument]),
    ...Object.entries({ ...program.env, ...spec.env }).map(
      ([name, value]): Frame => ['variable', `${name}=${value}`],
    ),
    ...healthFrames(spec, healthCommand),
  ];
}
