import type { Capabilities, Support } from './capabilities.ts';
import { configError, type PlatformError } from './error.ts';
import { type Platform, platformTitles } from './platform.ts';
import type { DaemonSpec, DaemonSpecInput } from './spec-types.ts';

function wanted(spec: DaemonSpec, can: Capabilities): [field: string, support: Support | undefined][] {
  const fields: [string, Support | undefined][] = [
    ['module' in spec ? 'module' : 'program', 'module' in spec ? can.daemons.module : can.daemons.program],
    ['restart.policy', can.restart[spec.restart.policy]],
    ['readiness', can.readiness[spec.readiness]],
    ['stopSignal', can.signals[spec.stopSignal]],
  ];
  if (spec.health) fields.push(['health.type', can.health[spec.health.type]]);
  if (spec.user !== undefined) fields.push(['user', can.identity.user]);
  if (spec.group !== undefined) fields.push(['group', can.identity.group]);
  for (const [name, value] of Object.entries(spec.resources)) {
    if (value !== undefined)
      fields.push([`resources.${name}`, can.resources[name as keyof typeof spec.resources]]);
  }
  const { sandbox } = spec;
  for (const [name, value] of Object.entries(sandbox)) {
    const asksNothing = value === undefined || value === 'host' || value === false;
    const isHostFilesystem = name === 'filesystem' && sandbox.filesystem?.mode === 'host';
    if (!asksNothing && !isHostFilesystem)
      fields.push([`sandbox.${name}`, can.sandbox[name as keyof typeof sandbox]]);
  }
  return fields;
}

/**
 * The first setting of a spec that this platform cannot enforce, as the error to throw; `undefined` when it can all.
 * Adapters call `assertEnforceable`; `doctor` and planners can ask beforehand.
 */
export function findUnenforceable(
  spec: DaemonSpec,
  can: Capabilities,
  platform: Platform,
): PlatformError | undefined {
  for (const [field, support] of wanted(spec, can)) {
    if (support?.supported) continue;
    return configError(
      `${platformTitles[platform]} cannot enforce ${field}: ${support?.why ?? 'the adapter does not know it'}`,
      {
        field,
        platform,
        operation: 'spawn',
        hint: support?.fix ?? 'Leave it out, or choose a platform that can (duende doctor lists them)',
      },
    );
  }
  const own = platformSettings[platform];
  for (const key of Object.keys(spec.platform[own] ?? {})) {
    if (can.settings.includes(key)) continue;
    return configError(`${platformTitles[platform]} has no setting platform.${own}.${key}`, {
      field: `platform.${own}.${key}`,
      platform,
      operation: 'spawn',
      hint: can.settings.length > 0 ? `It has: ${can.settings.join(', ')}` : 'It has none',
    });
  }
  return undefined;
}

/** Where a platform's own settings are in a spec. Those of other platforms are left alone: one spec serves all. */
const platformSettings = {
  native: 'native',
  linux: 'systemd',
  macos: 'launchd',
  container: 'container',
  pepita: 'pepita',
  wos: 'wos',
} as const satisfies Record<Platform, string>;

/**
 * `given` is the spec as it was written: bounds of the log and of restarts are refused only there, since every checked spec has
 * their defaults.
 * @throws PlatformError Config / invalid-setting naming the field.
 */
export function assertEnforceable(
  spec: DaemonSpec,
  can: Capabilities,
  platform: Platform,
  given?: DaemonSpecInput,
): void {
  const error = findUnenforceable(spec, can, platform) ?? findUnkept(given, can, platform);
  if (error) throw error;
}

const restartBounds = {
  delay: 'backoff',
  factor: 'backoff',
  maxDelay: 'backoff',
  maxRestarts: 'restartLimit',
  window: 'restartLimit',
} as const;

/** Of the settings that every checked spec has, the first that was written and that the platform cannot keep. */
function findUnkept(
  given: DaemonSpecInput | undefined,
  can: Capabilities,
  platform: Platform,
): PlatformError | undefined {
  const asked: [field: string, support: Support | undefined][] = Object.keys(given?.logs ?? {}).map(
    (name) => [`logs.${name}`, can.logs.rotation],
  );
  const restart: object = typeof given?.restart === 'object' ? given.restart : {};
  for (const [name, kind] of Object.entries(restartBounds)) {
    if (Object.hasOwn(restart, name)) asked.push([`restart.${name}`, can[kind]]);
  }
  for (const [field, support] of asked) {
    if (support === undefined || support.supported) continue;
    return configError(`${platformTitles[platform]} cannot enforce ${field}: ${support.why}`, {
      field,
      platform,
      operation: 'spawn',
      hint: support.fix ?? 'Leave it out',
    });
  }
  return undefined;
}
