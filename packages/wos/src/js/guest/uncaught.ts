import { hostText } from './host.ts';

type Listener = (error: unknown) => void;

let listener: Listener | undefined;

/** Who is told about errors that nothing caught. */
export function onUncaught(next: Listener): () => void {
  listener = next;
  return () => {
    if (listener === next) listener = undefined;
  };
}

/** An error that nothing caught. Without a listener it ends the process, as in Node: the stack on stderr and exit code 1. */
export function uncaught(error: unknown): void {
  if (listener) {
    listener(error);
    return;
  }
  const text =
    error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ''}` : String(error);
  hostText('write', 2, `Uncaught ${text}\n`);
  hostText('exit', 1);
}
