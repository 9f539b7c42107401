import { configError, type DaemonSpec, type Platform, platformTitles } from '@duende/core/contract';
import type { Frame } from './frames.ts';
import { resolveProgram } from './resolve.ts';

export type HealthFrame = Frame<'healthArgument' | 'healthHost' | 'healthRequest'>;

/** A static helper connects by itself and resolves no names: an address, or `localhost`. */
function address(host: string, field: string, platform: Platform): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (bare === 'localhost') return '127.0.0.1';
  if (/^\d+\.\d+\.\d+\.\d+$/.test(bare) || bare.includes(':')) return bare;
  throw configError(
    `${field}: ${platformTitles[platform]} checks only addresses and localhost, got ${JSON.stringify(host)}`,
    {
      platform,
      operation: 'spawn',
      field,
      hint: 'Give the address, such as 127.0.0.1, or use a command check',
    },
  );
}

/** The port that is asked; 0 for a command. */
export const healthPort = ({ health }: DaemonSpec): number =>
  health?.type === 'tcp' ? health.port : health?.type === 'http' ? Number(new URL(health.url).port || 80) : 0;

/** The file of a command check. @throws PlatformError SpawnFailed / exec-failed when a bare name is nowhere. */
export function healthCommandFile(
  { health, env, cwd }: DaemonSpec,
  platform: Platform,
  folder: string | undefined = cwd,
): string | undefined {
  if (health?.type !== 'command') return undefined;
  return resolveProgram(health.command[0] as string, { platform, path: env.PATH, cwd: folder });
}

/** Pure: what a helper needs for the check of a spec. @throws PlatformError Config for a host that is no address. */
export function healthFrames(
  { health }: DaemonSpec,
  commandFile: string | undefined,
  platform: Platform,
): HealthFrame[] {
  if (!health) return [];
  if (health.type === 'command') {
    const [, ...rest] = health.command;
    return [commandFile as string, ...rest].map((argument): HealthFrame => ['healthArgument', argument]);
  }
  if (health.type === 'tcp') return [['healthHost', address(health.host, 'health.host', platform)]];
  const url = new URL(health.url);
  const request = `GET ${url.pathname}${url.search} HTTP/1.0\r\nHost: ${url.host}\r\nUser-Agent: duende\r\nConnection: close\r\n\r\n`;
  return [
    ['healthHost', address(url.hostname, 'health.url', platform)],
    ['healthRequest', request],
  ];
}
