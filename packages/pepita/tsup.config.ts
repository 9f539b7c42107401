import { defineConfig } from 'tsup';
import { lazyBuiltins } from '../../scripts/lazy-builtins.ts';

const common = {
  format: ['esm' as const],
  target: 'node24',
  platform: 'node' as const,
  splitting: true,
  sourcemap: false,
  removeNodeProtocol: false,
  // Its own copy of the light half of core: finding a package costs more than loading it.
  noExternal: ['@duende/core/contract', '@duende/program'],
  // What looks at a daemon must load quickly: `duende status` is mostly that.
  esbuildPlugins: [lazyBuiltins],
};

// Apart, so that the library is in as few files as it would be without the command.
export default defineConfig([
  { ...common, entry: ['src/index.ts'] },
  { ...common, entry: ['src/cli.ts'] },
]);
