import { defineConfig } from 'tsup';
import { lazyBuiltins } from '../../scripts/lazy-builtins.ts';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'node24',
  platform: 'node',
  removeNodeProtocol: false,
  clean: true,
  splitting: false,
  // Loading it is part of the time until a daemon is ready.
  esbuildPlugins: [lazyBuiltins],
});
