import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { daemonMarker } from '../define.ts';
import type { AnyDefinition } from './context.ts';
import { configProblem } from './host-error.ts';

/**
 * Imports a module and returns its daemon.
 * @throws HostError (78) when the default export is none; whatever the module itself throws.
 */
export async function loadModule(file: string | undefined): Promise<AnyDefinition> {
  if (file === undefined) throw configProblem('Usage: host-main.js MODULE');
  const module = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
  const definition = findDefinition(module.default) ?? findDefinition(nested(module.default));
  if (definition) return definition;
  const found =
    module.default === undefined ? 'no default export' : `a default export of type ${typeof module.default}`;
  throw configProblem(
    `${file} is not a daemon module: expected \`export default defineDaemon({ ... })\`, got ${found}`,
  );
}

/** A module that was compiled to CommonJS has its default export one level deeper. */
const nested = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? (value as { default?: unknown }).default : undefined;

function findDefinition(value: unknown): AnyDefinition | undefined {
  const isDaemon = typeof value === 'object' && value !== null && Reflect.get(value, daemonMarker) === 1;
  return isDaemon ? (value as AnyDefinition) : undefined;
}
