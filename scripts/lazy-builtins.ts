import { isBuiltin } from 'node:module';

/** The part of esbuild's plugin interface that is used here. */
interface Build {
  onResolve(
    filter: { filter: RegExp },
    resolve: (found: { path: string; kind: string }) => { path: string; namespace: string } | undefined,
  ): void;
  onLoad(
    filter: { filter: RegExp; namespace: string },
    load: (found: { path: string }) => { contents: string; loader: 'js' },
  ): void;
}

const isClass = (value: unknown): boolean => typeof value === 'function' && /^class\b/.test(String(value));

/** How one export of a builtin is had without loading it: functions when they are called, objects when they are looked into. */
function lazily(builtin: string, name: string, value: unknown): string {
  const real = `process.getBuiltinModule(${JSON.stringify(builtin)})[${JSON.stringify(name)}]`;
  // What belongs to the thread that asks is not to be fixed when this is built.
  if (isClass(value) || (builtin === 'worker_threads' && typeof value !== 'function')) return real;
  // A constructor of the time before classes, as those of streams and sockets are.
  if (typeof value === 'function' && /^[A-Z]/.test(name))
    return `/* @__PURE__ */ new Proxy(function () {}, {
    apply: (_, self, args) => Reflect.apply(${real}, self, args),
    construct: (_, args, target) => Reflect.construct(${real}, args, target),
    get: (_, key) => ${real}[key],
  })`;
  if (typeof value === 'function') return `(...args) => ${real}(...args)`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  return `/* @__PURE__ */ new Proxy({}, {
    get: (_, key) => ${real}[key],
    ownKeys: () => Reflect.ownKeys(${real}),
    getOwnPropertyDescriptor: (_, key) => ({ ...Reflect.getOwnPropertyDescriptor(${real}, key), configurable: true }),
  })`;
}

/**
 * An esbuild plugin: `import { readFileSync } from 'node:fs'` gets the function when it is first called. A real import of
 * node:fs evaluates all of its exports, `fs.promises` among them, which loads Node's streams and readline: 3 ms of a
 * program that may take 13. node:child_process costs 2 ms, node:util 1 ms. What is not used is left out of the bundle.
 * Dynamic imports are left alone: they give the real thing, which promisify() for example needs.
 */
export const lazyBuiltins = {
  name: 'lazy-builtins',
  setup(build: Build): void {
    build.onResolve({ filter: /./ }, ({ path, kind }) => {
      if (!isBuiltin(path) || kind === 'dynamic-import') return undefined;
      return { path: path.replace(/^node:/, ''), namespace: 'lazy-builtin' };
    });
    build.onLoad({ filter: /./, namespace: 'lazy-builtin' }, ({ path }) => {
      const builtin = process.getBuiltinModule(path) as Record<string, unknown>;
      const names = Object.getOwnPropertyNames(builtin).filter(
        (name) => /^[a-z]\w*$/i.test(name) && name !== 'default',
      );
      const lines = names.map((name, index) => `const lazy${index} = ${lazily(path, name, builtin[name])};`);
      const exported = names.map((name, index) => `lazy${index} as ${name}`).join(', ');
      const whole = `export default /* @__PURE__ */ process.getBuiltinModule(${JSON.stringify(path)});`;
      return { contents: [...lines, `export { ${exported} };`, whole].join('\n'), loader: 'js' };
    });
  },
};
