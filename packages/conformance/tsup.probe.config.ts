import { defineConfig } from 'tsup';

/** The probe as one file that can be copied anywhere and run; after the main build, which empties dist. */
export default defineConfig({
  entry: { probe: 'src/probe/main.ts' },
  format: ['esm'],
  target: 'node24',
  platform: 'node',
  clean: false,
  splitting: false,
  sourcemap: false,
  outExtension: () => ({ js: '.mjs' }),
});
