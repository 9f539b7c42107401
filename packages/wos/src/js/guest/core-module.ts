// What `duende` and `@duende/core` are in a script: what a daemon needs of them.
import type { AnyDefinition } from '@duende/core/host';

export { isPlatform, isSignal, Platform, PlatformError, Signal, signals } from '@duende/core/contract';

/** Marks a definition, as @duende/core does. */
export const daemonMarker: symbol = Symbol.for('duende.daemon');

/** Declares a daemon; make it the default export of its module. */
export function defineDaemon(definition: AnyDefinition): AnyDefinition {
  return Object.freeze({ ...definition, [daemonMarker]: 1 as const });
}

/** A script is in WOS wherever that runs. */
export const detectPlatform = (): string => 'wos';
