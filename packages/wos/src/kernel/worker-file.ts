/** Where a worker or an OS process of the kernel begins: the source in this repository's tests, beside the bundle in the package. */
export function workerFile(name: 'thread-main' | 'compile-main' | 'isolate-main'): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? `./${name}.ts` : `./kernel/${name}.js`, import.meta.url);
}
