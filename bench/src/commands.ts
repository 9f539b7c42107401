import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Milliseconds. */
  readonly timeout?: number;
}

export interface CommandResult {
  readonly milliseconds: number;
  readonly stdout: string;
}

/** Runs a program to its end and times it as a whole process. Rejects when it fails, with what it said. */
export function runTimed(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    let end = start;
    let stdout = '';
    let stderr = '';
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-2000);
    });
    child.once('error', reject);
    child.once('exit', () => {
      end = performance.now();
    });
    child.once('close', (code, signal) => {
      if (code === 0) resolve({ milliseconds: end - start, stdout });
      else {
        const said = (stderr || stdout).trim().slice(-500);
        reject(new Error(`${program} ${args.slice(0, 4).join(' ')} ended with ${code ?? signal}: ${said}`));
      }
    });
  });
}
