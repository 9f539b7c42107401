import type { Context } from './context.ts';

export interface Interruption extends Disposable {
  /** Aborted by Ctrl-C, by a request to end, or when nobody reads stdout any more. */
  readonly signal: AbortSignal;
  /** What the command should end with when `signal` is aborted: 130, 143, or 0 for a closed stdout. */
  exitCode(): number;
}

const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/** Lets a long command end in order. A second Ctrl-C ends it at once. */
export function interruptible(context: Context): Interruption {
  const controller = new AbortController();
  let code = 0;
  const end = (name: keyof typeof numbers) => {
    if (controller.signal.aborted) process.exit(128 + numbers[name]);
    code = 128 + numbers[name];
    controller.abort();
  };
  const closed = () => controller.abort();
  const names = Object.keys(numbers) as (keyof typeof numbers)[];
  for (const name of names) process.on(name, end);
  context.io.outputClosed.addEventListener('abort', closed, { once: true });
  if (context.io.outputClosed.aborted) controller.abort();
  return {
    signal: controller.signal,
    exitCode: () => code,
    [Symbol.dispose]() {
      for (const name of names) process.off(name, end);
      context.io.outputClosed.removeEventListener('abort', closed);
    },
  };
}
