import { defineConfig } from 'tsup';
import { lazyBuiltins } from '../../scripts/lazy-builtins.ts';

const common = {
  format: ['esm' as const],
  target: 'node24',
  platform: 'node' as const,
  removeNodeProtocol: false,
};

/** The modules of src/contract.ts. */
const contract =
  /^\.{1,2}\/(contract|adapter|capabilities|detect|duration|enforce|error|handle|module-command|name|platform|signal|size|state-dir|status|tracer)\.ts$/;

/** Everything else takes them from contract.js, so that there is one PlatformError and not two. */
const shareContract = {
  name: 'share-contract',
  setup(build: {
    onResolve(options: { filter: RegExp }, resolve: () => { path: string; external: boolean }): void;
  }): void {
    build.onResolve({ filter: contract }, () => ({ path: './contract.js', external: true }));
  },
};

export default defineConfig([
  // The schema in a file of its own: a bundle of a daemon that takes only `defineDaemon` from here has none of it.
  {
    ...common,
    entry: [
      'src/index.ts',
      'src/define.ts',
      'src/spec.ts',
      'src/spec-fields.ts',
      'src/spec-health.ts',
      'src/host.ts',
      'src/host-main.ts',
    ],
    esbuildPlugins: [shareContract],
  },
  // One file without the schema, which every command of the command line loads.
  { ...common, entry: ['src/contract.ts'], splitting: false, esbuildPlugins: [lazyBuiltins] },
]);
