import { defineConfig } from 'tsup';
import { lazyBuiltins } from '../../scripts/lazy-builtins.ts';

const common = {
  format: ['esm' as const],
  target: 'node24',
  platform: 'node' as const,
  splitting: false,
  removeNodeProtocol: false,
};

export default defineConfig([
  { ...common, entry: ['src/index.ts'] },
  // The entry alone, so that it can turn the compile cache on before anything else is loaded.
  { ...common, entry: ['src/cli.ts'], external: ['./cli-process.js'] },
  // Two small files, of which most commands need the first alone: each module file, and each kilobyte of it, costs
  // more than running its code. Names are kept for stack traces.
  {
    ...common,
    entry: ['src/cli-process.ts', 'src/cli-more.ts'],
    external: ['./cli-more.js'],
    esbuildPlugins: [lazyBuiltins],
    // Its own copy of the light half of core: finding a package costs more than loading it.
    noExternal: ['@duende/core/contract'],
    esbuildOptions(options) {
      options.minifyWhitespace = true;
      options.minifySyntax = true;
    },
  },
]);
