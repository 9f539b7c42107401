import { text } from 'node:stream/consumers';
import { main } from './main.ts';

/** The program around `main`: arguments, streams and exit code of this process. */
export async function runProcess(): Promise<void> {
  const closed = new AbortController();
  let failed = false;
  // `duende logs web | head`: the reader has what it wants. Without a listener, Node would print a stack.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    closed.abort();
    if (error.code === 'EPIPE' || failed) return;
    failed = true;
    process.stderr.write(`duende: Cannot write to stdout: ${error.message}\n`);
  });
  process.stderr.on('error', () => {});
  const code = await main(process.argv.slice(2), {
    env: process.env,
    cwd: () => process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    readInput: () => text(process.stdin),
    outputClosed: closed.signal,
  });
  // Nothing that an adapter left open may keep the program alive, and nothing printed may get lost.
  process.stdout.write('', () => process.exit(failed ? 1 : code));
}
