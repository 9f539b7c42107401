// Programs, with node alone: this must run on whatever Node the machine has.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs argv to its end, or kills it after `timeout` milliseconds. `output` is stdout and stderr together, empty when they
 * are the caller's (`inherit`); the exit code is a shell's: 128 and more for a signal, 127 when there is no such program.
 */
export function command(argv, { timeout, inherit = false, env } = {}) {
  return new Promise((resolve) => {
    const [program, ...args] = argv;
    const stdio = inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'];
    const child = spawn(program, args, { stdio, timeout, killSignal: 'SIGKILL', env });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => output.push(data));
    const done = (exitCode) => resolve({ exitCode, output: Buffer.concat(output).toString().trim() });
    child.on('error', (error) => {
      output.push(Buffer.from(error.message));
      if (inherit) console.error(error.message);
      done(127);
    });
    // What we killed may have children that hold its output open.
    const cut = () => [child.stdout, child.stderr].map((stream) => stream?.destroy());
    child.on('exit', () => setTimeout(cut, 500).unref());
    child.on('close', (code, signal) => done(code ?? 128 + constants.signals[signal]));
  });
}
