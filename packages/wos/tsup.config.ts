import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    // Workers: files of their own.
    'kernel/thread-main': 'src/kernel/thread-main.ts',
    'kernel/compile-main': 'src/kernel/compile-main.ts',
  },
  format: ['esm'],
  target: 'node24',
  platform: 'node',
  clean: true,
  splitting: true,
  sourcemap: false,
  removeNodeProtocol: false,
  // Its own copy of the light half of core: finding a package costs more than loading it.
  // And what it uses of zod: loading all of zod takes longer than a kernel takes to boot.
  noExternal: ['@duende/core/contract', /^zod/],
});
