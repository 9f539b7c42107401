import { defineConfig } from 'tsup';
import { lazyBuiltins } from '../../scripts/lazy-builtins.ts';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'node24',
  platform: 'node',
  clean: true,
  splitting: true,
  sourcemap: false,
  removeNodeProtocol: false,
  // Its own copy of the light half of core: finding a package costs more than loading it.
  noExternal: ['@duende/core/contract', '@duende/program'],
  // What looks at a daemon must load quickly: `duende status` is mostly that.
  esbuildPlugins: [lazyBuiltins],
});
