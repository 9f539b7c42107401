import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyDefinition } from './context.ts';
import { findDaemon } from './find-daemon.ts';
import { configProblem } from './host-error.ts';

/**
 * Imports a module and returns its daemon.
 * @throws HostError (78) when the default export is none; whatever the module itself throws.
 */
export async function loadModule(file: string | undefined): Promise<AnyDefinition> {
  if (file === undefined) throw configProblem('Usage: host-main.js MODULE');
  return findDaemon(await import(pathToFileURL(resolve(file)).href), file);
}
