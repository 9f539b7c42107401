import { toPosixSignal } from '../signal.ts';
import { createSignalSource, type SignalSource } from './signals.ts';

const caught = ['TERM', 'INT', 'HUP', 'QUIT', 'USR1', 'USR2'] as const;

/**
 * The signals of this process. From here on none of them ends it; they are kept until the lifecycle subscribes. `detach`
 * gives them their default actions back.
 */
export function createProcessSignals(): SignalSource & { detach(): void } {
  const source = createSignalSource();
  const listeners = caught.map((signal) => {
    const listener = () => source.send(signal);
    process.on(toPosixSignal(signal), listener);
    return () => process.off(toPosixSignal(signal), listener);
  });
  return {
    subscribe: (listener) => source.subscribe(listener),
    detach: () => {
      for (const off of listeners) off();
    },
  };
}

/** What QUIT does to a program that does not catch it: it ends, with a core dump where those are allowed. */
export function quitByDefault(detach: () => void): void {
  detach();
  // The daemon may have a listener of its own on process.
  if (process.listenerCount('SIGQUIT') > 0) return;
  process.kill(process.pid, 'SIGQUIT');
  // PID 1 of a container is spared from default actions.
  setTimeout(() => process.exit(128 + 3), 100);
}
