import { main } from './main.ts';
import { Output } from './output.ts';

/** The program around `main`: arguments, streams and exit code of this process. */
export async function runProcess(): Promise<void> {
  const closed = new AbortController();
  let failed = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    const isFirst = !closed.signal.aborted;
    closed.abort();
    // `wos-ctl logs | head`: the reader has what it wants.
    if (error.code === 'EPIPE' || !isFirst) return;
    failed = true;
    process.stderr.write(`wos-ctl: Cannot write to stdout: ${error.message}\n`);
  });
  process.stderr.on('error', () => undefined);
  const code = await main(process.argv.slice(2), {
    env: process.env,
    cwd: process.cwd(),
    out: new Output(process.stdout, process.stderr),
    outputClosed: closed.signal,
  });
  // Nothing that was left open may keep the program alive. A turn of the loop lets a stream report its error.
  setImmediate(() => process.exit(failed ? 1 : code));
}
