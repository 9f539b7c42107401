// Programs, with node alone: this must run on whatever Node the machine has.
import { spawn } from 'node:child_process';

/** Runs argv to its end, bounded; `output` is stdout and stderr together (empty when inherited). */
export function command(argv, { timeout, inherit = false } = {}) {
  return new Promise((resolve) => {
    const [program, ...args] = argv;
    const stdio = inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'];
    const child = spawn(program, args, { stdio, timeout, killSignal: 'SIGKILL' });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => output.push(data));
    const done = (exitCode, text) => resolve({ exitCode, output: (Buffer.concat(output) + text).trim() });
    child.on('error', (error) => done(127, error.message));
    child.on('close', (code, signal) => done(code ?? 128 + (signal === 'SIGINT' ? 2 : 15), ''));
  });
}
