import {
  type DaemonHandle,
  detectPlatform,
  isDaemonName,
  isPlatform,
  type Platform,
  type PlatformAdapter,
  PlatformError,
  platforms,
  platformTitles,
} from '@duende/core/contract';
import { adapterRegistry } from '../registry.ts';
import { quote } from './arguments.ts';
import { platformOfOptions } from './container-options.ts';
import type { Context } from './context.ts';
import { usageError } from './usage.ts';

export interface FoundDaemon {
  readonly adapter: PlatformAdapter;
  readonly handle: DaemonHandle;
}

/** `--platform`, else `$DUENDE_PLATFORM`, else container with an option of containers, else `undefined`. */
export function chosenPlatform({ args, io }: Context): Platform | undefined {
  const option = args.text('platform');
  if (isPlatform(option)) return platformOfOptions(args, { platform: option, by: '--platform' });
  const platform = variablePlatform(io.env);
  return platformOfOptions(args, { platform, by: 'DUENDE_PLATFORM' });
}

function variablePlatform({ DUENDE_PLATFORM: variable }: NodeJS.ProcessEnv): Platform | undefined {
  if (!variable) return undefined;
  if (isPlatform(variable)) return variable;
  throw usageError(`DUENDE_PLATFORM: expected one of ${platforms.join(', ')}, got ${quote(variable)}`);
}

/** The adapter for a new daemon: of the chosen platform, else of the detected one. Never a silent substitute. */
export async function adapterForSpawn(context: Context): Promise<PlatformAdapter> {
  const chosen = chosenPlatform(context);
  if (chosen) return context.adapters.open(chosen);
  const detected = (context.io.detect ?? detectPlatform)();
  try {
    return await context.adapters.open(detected);
  } catch (error) {
    if (!PlatformError.isInstance(error) || error.reason !== 'unavailable' || detected === 'native')
      throw error;
    const [packageName] = adapterRegistry[detected];
    throw new PlatformError(
      'Config',
      `The detected platform is ${platformTitles[detected]}, whose adapter ${packageName} is not installed`,
      {
        reason: 'unavailable',
        platform: detected,
        operation: 'spawn',
        hint: `Install it (npm install ${packageName}), or run a plain process with --platform native`,
        cause: error,
      },
    );
  }
}

/** The rule of DaemonSpec.name, without its schema: the schema takes longer to load than the rest of `status`. */
export function checkName(name: string): void {
  if (isDaemonName(name)) return;
  throw usageError(
    `${quote(name)} cannot be the name of a daemon: expected 1 to 63 letters, digits, "_", "." or "-", beginning with a letter or digit`,
  );
}

/**
 * The daemon of a name: on the chosen platform, else on any that can be used here.
 * @throws PlatformError StatusFailed / not-found; Config / unavailable; Config / invalid-setting when two have the name.
 */
export async function findDaemon(context: Context): Promise<FoundDaemon> {
  const name = context.args.positional('NAME');
  checkName(name);
  const chosen = chosenPlatform(context);
  if (chosen) return findOn(context, chosen, name);
  const { answers, silent } = await context.adapters.askAll((adapter) => adapter.find(name));
  const found = answers.flatMap(({ adapter, answer }) => (answer ? [{ adapter, handle: answer }] : []));
  const unheard = silent.filter(({ absent }) => !absent);
  const [first, ...others] = found;
  if (!first) {
    const asked = answers.map(({ adapter }) => adapter.platform);
    const heard = silent.map(({ platform, why }) => `${platform} did not answer: ${why}`);
    throw notFound(name, asked.length > 0 ? ` on ${asked.join(', ')}` : '', heard);
  }
  if (others.length > 0) {
    const names = found.map(({ adapter }) => adapter.platform);
    throw usageError(
      `${quote(name)} is the name of a daemon on ${names.join(' and on ')}`,
      `Say which: ${names.map((platform) => `--platform ${platform}`).join(' or ')}`,
    );
  }
  for (const { platform, why } of unheard) context.out.note(`duende: ${platform} did not answer: ${why}`);
  return first;
}

async function findOn(context: Context, platform: Platform, name: string): Promise<FoundDaemon> {
  const adapter = await context.adapters.open(platform);
  let handle: DaemonHandle | undefined;
  try {
    handle = await adapter.find(name);
  } catch (error) {
    await assertAvailable(adapter);
    throw error;
  }
  if (handle) return { adapter, handle };
  await assertAvailable(adapter);
  throw notFound(name, ` on ${platform}`, []);
}

/** @throws PlatformError Config / unavailable with why and the fix, and what else could be done. */
export async function assertAvailable(adapter: PlatformAdapter, orElse = ''): Promise<void> {
  const availability = await adapter.probe();
  if (availability.available) return;
  throw new PlatformError(
    'Config',
    `${platformTitles[adapter.platform]} is not available here: ${availability.why}`,
    {
      reason: 'unavailable',
      platform: adapter.platform,
      operation: 'probe',
      hint: `${availability.fix}${orElse}`,
    },
  );
}

function notFound(name: string, where: string, heard: readonly string[]): PlatformError {
  const more = heard.length > 0 ? ` (${heard.join('; ')})` : '';
  return new PlatformError('StatusFailed', `No daemon is named ${quote(name)}${where}${more}`, {
    reason: 'not-found',
    operation: 'find',
    hint: 'List them with: duende ps',
  });
}
