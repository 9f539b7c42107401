import type { DaemonSpec } from '@duende/core/contract';
import { parseCapability } from '../kernel/capability.ts';
import { parseAddress } from '../kernel/grants.ts';
import { wrong } from './errors.ts';
import type { WosSettings } from './settings.ts';

export interface Preopen {
  readonly guest: string;
  readonly host: string;
  readonly write: boolean;
}

/** A grant, and the field that asks for it. */
export interface Asked<Value> {
  readonly field: string;
  readonly value: Value;
}

/** What a process may do. */
export interface Grants {
  readonly preopens: readonly Asked<Preopen>[];
  readonly net: {
    readonly listen: readonly string[];
    readonly connect: readonly string[];
    readonly open: readonly string[];
  };
  readonly spawn: boolean;
}

const at = 'platform.wos';

function readCapabilities({ capabilities }: WosSettings) {
  const preopens: Asked<Preopen>[] = [];
  const listen: Asked<string>[] = [];
  const connect: Asked<string>[] = [];
  let spawn = false;
  for (const [index, text] of capabilities.entries()) {
    const field = `${at}.capabilities[${index}]`;
    const capability = parseCapability(text);
    if (capability === undefined) throw wrong(field, `${text} is no capability`);
    if (capability.kind === 'spawn') spawn = true;
    else if (capability.kind === 'net') {
      listen.push({ field, value: '*' });
      connect.push({ field, value: '*' });
    } else if ('grant' in capability) {
      (capability.kind === 'listen' ? listen : connect).push({ field, value: capability.grant });
    } else {
      const { directory: host, guest = host, kind } = capability;
      if (!host.startsWith('/')) throw wrong(field, `expected an absolute path, got ${host.slice(0, 80)}`);
      preopens.push({ field, value: { guest, host, write: kind === 'write' } });
    }
  }
  return { preopens, listen, connect, spawn };
}

const isBelow = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.replace(/\/*$/, '/'));

/** Directories that `sandbox.filesystem` names as writable are granted; where it is read-only, no others may be. */
function filesOf(spec: DaemonSpec, asked: readonly Asked<Preopen>[]): Asked<Preopen>[] {
  const { mode, writable = [] } = spec.sandbox.filesystem ?? {};
  const wrongful = asked.find(
    ({ value }) => value.write && !writable.some((path) => isBelow(value.guest, path)),
  );
  if (mode === 'read-only' && wrongful) {
    throw wrong(
      wrongful.field,
      'contradicts sandbox.filesystem.mode, which is read-only',
      `Name ${wrongful.value.guest} in sandbox.filesystem.writable, or grant it for reading only`,
    );
  }
  const more = [...writable.entries()].flatMap(([index, path]) => {
    if (asked.some(({ value }) => value.write && isBelow(path, value.guest))) return [];
    const host = asked.find(({ value }) => value.guest === path)?.value.host ?? path;
    return [{ field: `sandbox.filesystem.writable[${index}]`, value: { guest: path, host, write: true } }];
  });
  const replaced = more.map(({ value }) => value.guest);
  return [...asked.filter(({ value }) => !replaced.includes(value.guest)), ...more];
}

const isLoopback = (grant: string): boolean => /^(?:127\.[\d.]+|localhost|\[::1\]):/i.test(grant);

/** What the daemon of a spec may do. @throws PlatformError Config where it contradicts its sandbox */
export function grantsOf(spec: DaemonSpec, settings: WosSettings): Grants {
  const { preopens, listen, connect, spawn } = readCapabilities(settings);
  const more = settings.preopens.map(({ host, guest = host, write }, index) => ({
    field: `${at}.preopens[${index}]`,
    value: { guest, host, write },
  }));
  const open = settings.open.map((value, index) => ({ field: `${at}.open[${index}]`, value }));
  if (spec.sandbox.network === 'none') {
    const beyond = [...listen, ...connect, ...open].find(({ value }) => !isLoopback(value));
    if (beyond) throw wrong(beyond.field, 'contradicts sandbox.network, which is none');
  }
  // Who asks for the machine's network has to get it: it is only not there by default.
  const all = spec.sandbox.network === 'host' ? ['*'] : [];
  return {
    preopens: filesOf(spec, [...preopens, ...more]),
    net: {
      listen: [...listen.map(({ value }) => value), ...all, ...healthGrants(spec)],
      connect: [...connect.map(({ value }) => value), ...all],
      open: open.map(({ value }) => value),
    },
    spawn,
  };
}

/** The host of a module daemon answers health probes by itself. */
function healthGrants(spec: DaemonSpec): string[] {
  if (!('module' in spec) || spec.health?.type !== 'http') return [];
  const { hostname, port } = new URL(spec.health.url);
  const grant = `${hostname}:${port || 80}`;
  return parseAddress(grant) === undefined ? [] : [grant];
}
