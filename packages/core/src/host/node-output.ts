import type { LogOutput } from './log.ts';

export interface NodeOutput {
  readonly write: LogOutput;
  /** Resolves when everything written so far has left this process, or nobody has taken it for two seconds. */
  flush(): Promise<void>;
}

/** Milliseconds that a reader who does not read can keep a daemon from ending. */
const flushTimeout = 2000;

/**
 * Log lines through process.stdout and process.stderr, in order with what the daemon itself prints there. A pipe takes
 * 64 KiB at once and Node keeps the rest, which process.exit() would throw away: hence `flush`.
 */
export function createNodeOutput(): NodeOutput {
  const streams = { stdout: process.stdout, stderr: process.stderr };
  // A reader that has gone (EPIPE) or a full disk must not end the daemon.
  for (const stream of Object.values(streams)) stream.on('error', () => {});

  const drained = (stream: NodeJS.WriteStream) =>
    new Promise<void>((resolve) => {
      if (!stream.writable) resolve();
      else stream.write('', () => resolve());
    });

  return {
    write: (line, stream) => {
      if (streams[stream].writable) streams[stream].write(`${line}\n`);
    },
    async flush() {
      const all = Promise.all(Object.values(streams).map(drained));
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, flushTimeout);
      await Promise.race([all, late]);
      clearTimeout(timer);
    },
  };
}
