import { main } from '../cli-main.ts';
import { sinkOf } from './sink.ts';

/** The program around `main`: arguments, streams and exit code of this process. */
export async function runProcess(): Promise<void> {
  const closed = new AbortController();
  let failed = false;
  const stderr = sinkOf(
    2,
    () => process.stderr,
    () => {},
  );
  const stdout = sinkOf(
    1,
    () => process.stdout,
    (error) => {
      const isFirst = !closed.signal.aborted;
      closed.abort();
      // `duende logs web | head`: the reader has what it wants.
      if (error.code === 'EPIPE' || !isFirst) return;
      failed = true;
      stderr.write(`duende: Cannot write to stdout: ${error.message}\n`);
    },
  );
  const code = await main(process.argv.slice(2), {
    env: process.env,
    cwd: () => process.cwd(),
    stdout,
    stderr,
    readInput: async () => (await import('node:stream/consumers')).text(process.stdin),
    outputClosed: closed.signal,
  });
  // Nothing that an adapter left open may keep the program alive. A turn of the loop lets a terminal report its error.
  setImmediate(() => process.exit(failed ? 1 : code));
}
