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
  // And what it uses of zod: loading all of zod takes longer than a kernel takes to boot.
  noExternal: ['@duende/core/contract', '@duende/program', /^zod/],
};

export default defineConfig([
  {
    ...common,
    entry: {
      index: 'src/index.ts',
      // A process of its own: the kernel in the background.
      'wosd-main': 'src/wosd/main.ts',
      // Workers: files of their own.
      'kernel/thread-main': 'src/kernel/thread-main.ts',
      'kernel/compile-main': 'src/kernel/compile-main.ts',
    },
  },
  {
    // What scripts are made of: bundled with each daemon, for QuickJS.
    ...common,
    platform: 'neutral' as const,
    target: 'es2023',
    external: [/^@duende\/core/],
    noExternal: [],
    entry: {
      'js/guest/main': 'src/js/guest/main.ts',
      'js/guest/core-module': 'src/js/guest/core-module.ts',
      'js/guest/timers-module': 'src/js/guest/timers-module.ts',
      'js/guest/timers-promises': 'src/js/guest/timers-promises.ts',
      'js/guest/fs-promises': 'src/js/guest/fs-promises.ts',
    },
  },
  // Apart: most commands only talk to the kernel, and must load quickly.
  { ...common, entry: ['src/cli.ts'], esbuildPlugins: [lazyBuiltins] },
]);
