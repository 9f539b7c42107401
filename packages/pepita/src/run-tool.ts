import { execFile } from 'node:child_process';

/** What a short-lived program of this machine ended with. `code` is -1 when it did not run at all or was killed. */
export interface ToolResult {
  readonly code: number;
  /** errno name when it could not be executed, `ENOENT`; `ETIMEDOUT` when it took too long. */
  readonly error: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolOptions {
  readonly cwd?: string;
  /** Milliseconds, then it is killed. */
  readonly timeout?: number;
}

/** Runs a program by its arguments, no shell, with English messages. Never rejects. */
export function runTool(
  program: string,
  args: readonly string[],
  { cwd = '/', timeout = 30_000 }: ToolOptions = {},
): Promise<ToolResult> {
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin', HOME = '/' } = process.env;
  const env = { PATH: `${PATH}:/usr/sbin:/sbin`, HOME, LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' };
  return new Promise((resolve) => {
    const options = { cwd, env, timeout, maxBuffer: 16 * 1024 * 1024, killSignal: 'SIGKILL' } as const;
    execFile(program, args, options, (failed, stdout, stderr) => {
      const code = typeof failed?.code === 'number' ? failed.code : failed ? -1 : 0;
      const error = failed?.killed ? 'ETIMEDOUT' : typeof failed?.code === 'string' ? failed.code : undefined;
      resolve({ code, error, stdout, stderr });
    });
  });
}

/** The last line that is worth telling of what a tool said on stderr. */
export function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.findLast((line) => /^E: /.test(line)) ?? lines.findLast((line) => line !== '') ?? '';
}
