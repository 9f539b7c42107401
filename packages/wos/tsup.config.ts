import { defineConfig } from 'tsup';
import { lazyBuiltins } from '../../scripts/lazy-builtins.ts';

/** As lazyBuiltins, but classes are left out, too, that nothing uses: of node:http they are those of undici, 20 ms. */
const lazyClasses: typeof lazyBuiltins = {
  name: lazyBuiltins.name,
  setup: (build) =>
    lazyBuiltins.setup({
      onResolve: (filter, resolve) => build.onResolve(filter, resolve),
      onLoad: (filter, load) =>
        build.onLoad(filter, (found) => {
          const { contents, loader } = load(found);
          const eager = /= process\.getBuiltinModule\(("[^"]+")\)\[("[^"]+")\];/g;
          const pure = contents.replace(eager, '= /* @__PURE__ */ read($1, $2);');
          return {
            contents: `${pure}\nfunction read(from, name) { return process.getBuiltinModule(from)[name]; }`,
            loader,
          };
        }),
    }),
};

/** What a file of the command imports as a file of its own: what Node caches compiled, and what few need. */
const apart = (own: string) => ({
  name: 'apart',
  setup(build: {
    onResolve(
      filter: { filter: RegExp },
      resolve: (found: { path: string; kind: string }) => { path: string; external: true } | undefined,
    ): void;
  }) {
    build.onResolve({ filter: /\/(process|boot)\.ts$/ }, ({ path, kind }) => {
      const name = path.endsWith('/boot.ts') ? 'cli-boot' : 'cli-process';
      return kind === 'dynamic-import' && name !== own
        ? { path: `./${name}.js`, external: true as const }
        : undefined;
    });
  },
});

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

/** In one file: finding ten takes longer. */
const one = { ...common, splitting: false, esbuildPlugins: [lazyClasses] };

export default defineConfig([
  {
    ...common,
    entry: { index: 'src/index.ts' },
  },
  // Processes and threads of their own. Of Node's own modules they load what is used, when it is used: node:http
  // alone, imported as it is written, takes 20 ms of the 60 in which a kernel is there.
  ...Object.entries({
    'wosd-main': 'src/wosd/entry.ts',
    'kernel/thread-main': 'src/kernel/thread-main.ts',
    'kernel/compile-main': 'src/kernel/compile-main.ts',
    'kernel/isolate-main': 'src/kernel/isolate-main.ts',
  }).map(([name, file]) => ({ ...one, entry: { [name]: file } })),
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
  ...Object.entries({
    cli: 'src/cli.ts',
    'cli-process': 'src/cli/process.ts',
    'cli-boot': 'src/cli/commands/boot.ts',
  }).map(([name, file]) => ({ ...one, entry: { [name]: file }, esbuildPlugins: [lazyClasses, apart(name)] })),
]);
