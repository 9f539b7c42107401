import type { Readable } from 'node:stream';
import type { TracerHandle } from '@duende/core';
import { EventQueue } from './event-queue.ts';
import { StraceParser, type StraceParserOptions } from './parser.ts';
import { TraceCounter } from './summary.ts';

/** A TracerHandle that also says what it could not hand over. */
export interface StraceHandle extends TracerHandle {
  /** Calls that the summary counts but that the iteration does not give: the consumer was too slow for the buffer. */
  readonly dropped: number;
  /** Lines of strace that were not understood. */
  readonly unparsed: number;
}

export interface TraceStreamOptions extends StraceParserOptions {
  /** What strace prints. */
  readonly input: Readable;
  /** Makes strace detach and end; `input` ends then. Called once at most. */
  readonly end: () => Promise<void>;
  /** Characters of events kept for a slow consumer. Default 32 million. */
  readonly bufferSize?: number;
}

/**
 * The trace that a stream of strace output is: for `attachStrace`, and for adapters whose strace runs elsewhere (in a
 * guest). The stream is always read to its end, whether or not anyone iterates: a full pipe would stop strace, and with
 * it the daemon.
 */
export function traceStream(options: TraceStreamOptions): StraceHandle {
  const { input, end, bufferSize = 32_000_000, ...parserOptions } = options;
  const parser = new StraceParser(parserOptions);
  const queue = new EventQueue(bufferSize);
  const counter = new TraceCounter();
  const over = Promise.withResolvers<void>();
  let detaching: Promise<void> | undefined;

  const take = (events: ReturnType<StraceParser['push']>): void => {
    for (const event of events) {
      counter.add(event);
      queue.push(event);
    }
  };
  input.setEncoding('utf8');
  input.on('data', (text: string) => take(parser.push(text)));
  input.once('error', () => input.destroy());
  input.once('close', () => {
    take(parser.end());
    queue.end();
    over.resolve();
  });

  const detach = (): Promise<void> => {
    detaching ??= end().then(() => over.promise);
    return detaching;
  };

  return {
    get dropped() {
      return queue.dropped;
    },
    get unparsed() {
      return parser.unparsed;
    },
    summary: () => counter.summary(),
    detach,
    [Symbol.asyncIterator]: () => ({
      next: () => queue.next(),
      // `break` out of `for await` means that no more is wanted.
      return: async () => {
        await detach();
        return { done: true, value: undefined };
      },
    }),
  };
}
