import type { Signal } from '@duende/core/contract';
import type { ProcessList } from './process-list.ts';
import { sendSignal } from './send-signal.ts';

/** Milliseconds that are waited after KILL. */
const killTimeout = 2000;

/** Ends all processes: with TERM, and after the timeout, in milliseconds, with KILL. */
export async function endAll(list: ProcessList, timeout: number): Promise<void> {
  const live = () => Array.from(list.all()).filter(({ exit }) => exit === undefined);
  const signal = (name: Signal) => {
    for (const record of live()) sendSignal(record, name);
  };
  const ends = live().map(({ waiters }) => new Promise((resolve) => waiters.push(resolve)));
  signal('TERM');
  signal('CONT');
  const timer = setTimeout(() => signal('KILL'), timeout);
  // What cannot even be killed waits for its log: a disk that stays full does not keep the kernel.
  let last: NodeJS.Timeout | undefined;
  const givenUp = new Promise((resolve) => {
    last = setTimeout(resolve, timeout + killTimeout);
  });
  await Promise.race([Promise.all(ends), givenUp]);
  clearTimeout(timer);
  clearTimeout(last);
}
