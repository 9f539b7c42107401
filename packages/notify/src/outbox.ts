import { NotifyError } from './notify-error.ts';

/** Milliseconds until a receiver whose queue was full is tried again, and that the last messages may take. */
const retryDelay = 10;
const closeTimeout = 2000;
/** Messages that may wait: a receiver that has stopped reading must not cost memory. */
const maxWaiting = 256;

/**
 * Keeps messages in order when the way out is not free. `transmit` sends one: true when it is out, false when it is to be
 * tried again; a promise of that when sending takes its time.
 */
export function createOutbox(
  transmit: (text: string) => boolean | Promise<boolean>,
  release: () => void,
  onError: (error: NotifyError) => void,
): { send(text: string): void; close(): Promise<void> } {
  const waiting: string[] = [];
  let isBusy = false;
  let isClosed = false;
  let drained: (() => void) | undefined;

  function done(isOut: boolean): void {
    isBusy = false;
    if (isOut) waiting.shift();
    else retryLater();
  }

  function retryLater(): void {
    isBusy = true;
    setTimeout(() => {
      isBusy = false;
      drain();
    }, retryDelay);
  }

  function fail(error: unknown): void {
    isBusy = false;
    waiting.shift();
    onError(error instanceof NotifyError ? error : new NotifyError(String(error), { cause: error }));
  }

  function drain(): void {
    while (!isBusy && !isClosed) {
      const [text] = waiting;
      if (text === undefined) break;
      try {
        isBusy = true;
        const result = transmit(text);
        if (typeof result === 'boolean') done(result);
        else void result.then(done, fail).then(drain);
      } catch (error) {
        fail(error);
      }
    }
    if (waiting.length === 0) drained?.();
  }

  return {
    send(text) {
      if (isClosed || text === '') return;
      if (waiting.length >= maxWaiting) {
        onError(new NotifyError('The service manager does not read its notify socket', { code: 'ENOBUFS' }));
        return;
      }
      waiting.push(text);
      drain();
    },
    async close() {
      if (isClosed) return;
      if (waiting.length > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, closeTimeout);
          drained = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      if (isClosed) return;
      isClosed = true;
      release();
    },
  };
}
