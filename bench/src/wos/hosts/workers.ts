// As many workers as asked for, each with a WASI program: workers.ts MODULE COUNT ARG... Tells when each said its first line.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

const [path = '', count, ...args] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(path));
const file = new URL('./node-wasi-worker.mjs', import.meta.url);
const starts: number[] = [];
for (let index = 0; index < Number(count); index += 1) {
  const begin = performance.now();
  await once(new Worker(file, { workerData: { module, args } }), 'message');
  starts.push(performance.now() - begin);
}
process.send?.({ starts });
