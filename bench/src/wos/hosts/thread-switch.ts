// Two threads that wake each other, the same count of switches as asked for: thread-switch.ts COUNT. To be run on one core.
import { isMainThread, Worker, workerData } from 'node:worker_threads';

function play(turn: Int32Array, own: number, rounds: number): void {
  for (let round = 0; round < rounds; round += 1) {
    while (Atomics.load(turn, 0) !== own) Atomics.wait(turn, 0, 1 - own);
    Atomics.store(turn, 0, 1 - own);
    Atomics.notify(turn, 0);
  }
}

if (isMainThread) {
  const rounds = Number(process.argv[2]) / 2;
  const turn = new Int32Array(new SharedArrayBuffer(4));
  // The worker's turn comes once it runs.
  Atomics.store(turn, 0, 1);
  const worker = new Worker(new URL(import.meta.url), { workerData: { turn, rounds } });
  await new Promise((resolve) => worker.once('message', resolve));
  const begin = performance.now();
  play(turn, 0, rounds);
  console.log(((performance.now() - begin) * 1000) / (2 * rounds));
} else {
  const { parentPort } = await import('node:worker_threads');
  parentPort?.postMessage('ready');
  const { turn, rounds } = workerData as { turn: Int32Array; rounds: number };
  play(turn, 1, rounds);
}
