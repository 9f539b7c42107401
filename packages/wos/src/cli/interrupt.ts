/** Signals that end a command, or are passed on by it, and their numbers on Linux. */
const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
export type Interrupt = keyof typeof numbers;

export const interruptNumber = (name: Interrupt): number => numbers[name];

/** Calls back instead of ending this process. @returns what undoes it */
export function onInterrupt(callback: (name: Interrupt) => void): Disposable {
  const names = Object.keys(numbers) as Interrupt[];
  for (const name of names) process.on(name, callback);
  return {
    [Symbol.dispose]() {
      for (const name of names) process.off(name, callback);
    },
  };
}
