import { type DaemonSpec, PlatformError, parseDuration, parseSize } from '@duende/core/contract';
import { duration, other, quoteWord, type Setting } from './render/setting.ts';

type Value = string | number | boolean | readonly string[];

const field = (name: string): string => `platform.systemd.${name}`;

export function wrongProperty(name: string, message: string, hint?: string): PlatformError {
  return new PlatformError('Config', `${field(name)}: ${message}`, {
    reason: 'invalid-setting',
    platform: 'linux',
    operation: 'spawn',
    field: field(name),
    hint,
  });
}

/** D-Bus has the times in microseconds, and a few names of its own (org.freedesktop.systemd1(5)). */
export function propertyName(key: string): string {
  if (key === 'CPUQuota') return 'CPUQuotaPerSecUSec';
  if (key === 'StartLimitInterval') return 'StartLimitIntervalUSec';
  return key.replace(/Sec$/, 'USec');
}

const endless = 2n ** 64n - 1n;

function number(key: string, value: Value): bigint {
  const expected = (what: string) =>
    wrongProperty(`properties.${key}`, `expected ${what}, got ${JSON.stringify(value)}`);
  if (value === 'infinity') return endless;
  if (key.endsWith('Sec')) {
    const milliseconds =
      typeof value === 'string' || typeof value === 'number' ? parseDuration(value) : undefined;
    if (milliseconds === undefined) throw expected('a duration such as "10s", or milliseconds');
    return BigInt(Math.round(milliseconds * 1000));
  }
  if (key === 'CPUQuota') {
    const match = /^(\d+(?:\.\d+)?)%$/.exec(String(value));
    if (!match) throw expected('a percentage of one processor, such as "150%"');
    return BigInt(Math.round(Number(match[1]) * 10_000));
  }
  const size = typeof value === 'string' || typeof value === 'number' ? parseSize(value) : undefined;
  if (size === undefined) throw expected('a number, or a size such as "64M"');
  return BigInt(size);
}

function yes(key: string, value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'yes' || value === 'true') return true;
  if (value === 'no' || value === 'false') return false;
  throw wrongProperty(`properties.${key}`, `expected true or false, got ${JSON.stringify(value)}`);
}

const words = (value: Value): string[] =>
  typeof value === 'object' ? [...value] : String(value).split(/\s+/).filter(Boolean);

/** A list that is allowed, or, with `~` in front, denied. */
function filter(value: Value): [boolean, string[]] {
  const list = words(value);
  const denied = list[0]?.startsWith('~') ?? false;
  return [!denied, list.map((word) => word.replace(/^~/, ''))];
}

/** The value for a D-Bus signature; `undefined` for one that plain JSON cannot say. */
function busValue(key: string, signature: string, value: Value): unknown {
  if (signature === 's') return String(value);
  if (signature === 'b') return yes(key, value);
  if (signature === 't') return number(key, value);
  if (signature === 'u' || signature === 'i')
    return key === 'UMask' ? Number.parseInt(String(value), 8) : Number(number(key, value));
  if (signature === 'as') return words(value);
  if (signature === '(bas)') return filter(value);
  return undefined;
}

/** As a unit file says it. */
function fileText(value: Value): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? value.map(quoteWord).join(' ') : String(value).replaceAll('%', '%%');
}

const isValue = (value: unknown): value is Value =>
  ['string', 'number', 'boolean'].includes(typeof value) ||
  (Array.isArray(value) && value.every((word) => typeof word === 'string'));

/**
 * `platform.systemd` of a spec as settings. `signatures` are those of a service's properties; `taken` the keys that the spec itself decides.
 * @throws PlatformError Config naming the property
 */
export function ownSettings(
  spec: DaemonSpec,
  taken: ReadonlySet<string>,
  signatures: ReadonlyMap<string, string>,
): Setting[] {
  const { properties = {}, watchdog } = spec.platform.systemd ?? {};
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) {
    throw wrongProperty('properties', 'expected an object such as { "Nice": 5 }');
  }
  const settings = Object.entries(properties).map(([key, value]) => {
    const name = propertyName(key);
    if (!isValue(value))
      throw wrongProperty(`properties.${key}`, 'expected a text, a number, true, false or a list of texts');
    if (String(value).includes('\n'))
      throw wrongProperty(`properties.${key}`, 'a line end is not possible in a unit');
    if (taken.has(name))
      throw wrongProperty(`properties.${key}`, 'Duende sets it itself', 'Use the setting of the spec');
    const signature = signatures.get(name);
    if (signature === undefined)
      throw wrongProperty(`properties.${key}`, 'systemd here knows no such property of a service');
    const converted = busValue(key, signature, value);
    if (converted === undefined)
      throw wrongProperty(`properties.${key}`, `its type ${signature} cannot be given here`);
    const unit = key.startsWith('StartLimit') || key.startsWith('Condition') || key === 'Documentation';
    const text = key.endsWith('Sec') && typeof value === 'number' ? `${value}ms` : fileText(value);
    return other(key, text, { name, signature, value: converted }, unit ? 'Unit' : 'Service');
  });
  return watchdog === undefined ? settings : [...settings, watchdogSetting(watchdog)];
}

function watchdogSetting(value: unknown): Setting {
  const milliseconds =
    typeof value === 'string' || typeof value === 'number' ? parseDuration(value) : undefined;
  if (milliseconds === undefined || milliseconds < 10) {
    throw wrongProperty(
      'watchdog',
      `expected a duration of at least 10ms, such as "30s", got ${JSON.stringify(value)}`,
    );
  }
  return duration('WatchdogSec', milliseconds);
}

/** Whether the program must be told where to report to: it is watched, or says when it is ready. */
export const isWatched = (spec: DaemonSpec): boolean => spec.platform.systemd?.watchdog !== undefined;
