import { daemonMarker } from '../define.ts';
import type { AnyDefinition } from './context.ts';
import { configProblem } from './host-error.ts';

/**
 * The daemon that a module exports. `label` is what the module is called in the error.
 * @throws HostError (78) when the default export is none.
 */
export function findDaemon(module: { default?: unknown }, label: string): AnyDefinition {
  const definition = asDefinition(module.default) ?? asDefinition(nested(module.default));
  if (definition) return definition;
  const found =
    module.default === undefined ? 'no default export' : `a default export of type ${typeof module.default}`;
  throw configProblem(
    `${label} is not a daemon module: expected \`export default defineDaemon({ ... })\`, got ${found}`,
  );
}

/** A module that was compiled to CommonJS has its default export one level deeper. */
const nested = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? (value as { default?: unknown }).default : undefined;

function asDefinition(value: unknown): AnyDefinition | undefined {
  const isDaemon = typeof value === 'object' && value !== null && Reflect.get(value, daemonMarker) === 1;
  return isDaemon ? (value as AnyDefinition) : undefined;
}
