#!/usr/bin/env node
// Kept tiny: it is the only file that the compile cache cannot speed up.
import module from 'node:module';
import { join } from 'node:path';

function cacheFolder(): string | undefined {
  const { XDG_CACHE_HOME, HOME, LOCALAPPDATA } = process.env;
  if (process.platform === 'win32') return LOCALAPPDATA && join(LOCALAPPDATA, 'duende', 'compiled');
  if (XDG_CACHE_HOME?.startsWith('/')) return join(XDG_CACHE_HOME, 'duende', 'compiled');
  if (!HOME) return undefined;
  return join(HOME, process.platform === 'darwin' ? 'Library/Caches' : '.cache', 'duende', 'compiled');
}

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`duende: Node ${process.versions.node} is too old. Install Node 24 or newer\n`);
  process.exitCode = 1;
} else {
  // A folder that cannot be written only costs time: this never throws.
  module.enableCompileCache(cacheFolder());
  // The name of the built file: the bundler leaves this import alone.
  const { runProcess } = await import('./cli-process.js');
  await runProcess();
}
