// Runs the real host as a child process.
import { join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';

const folder = import.meta.dirname;

export interface LogEntry {
  readonly time: string;
  readonly level: string;
  readonly msg: string;
  readonly daemon: string;
  readonly [field: string]: unknown;
}

export interface HostOptions {
  readonly config?: unknown;
  readonly env?: Record<string, string>;
  /** Gives the host a pipe for readiness. */
  readonly notify?: boolean;
}

/** Starts `test/daemons/NAME.ts` in the host; it is killed when the test ends. */
export function startHost(daemon: string, { config, env = {}, notify = false }: HostOptions = {}) {
  const child = execa(
    process.execPath,
    [join(folder, '../src/host-main.ts'), join(folder, 'daemons', `${daemon}.ts`)],
    {
      stdio: ['ignore', 'pipe', 'pipe', notify ? 'pipe' : 'ignore'],
      extendEnv: false,
      env: {
        PATH: process.env.PATH ?? '',
        ...(config !== undefined && { DUENDE_CONFIG: JSON.stringify(config) }),
        ...(notify && { DUENDE_NOTIFY_FD: '3' }),
        ...env,
      },
      reject: false,
      maxBuffer: 100_000_000,
    },
  );
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await child;
  });
  let hasEnded = false;
  void child.then(() => {
    hasEnded = true;
  });
  const seen = { stdout: '', stderr: '', notify: '' };
  child.stdout.on('data', (chunk) => {
    seen.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    seen.stderr += chunk;
  });
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    seen.notify += chunk;
  });

  async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
    const end = performance.now() + 15_000;
    for (;;) {
      const found = look();
      if (found) return found;
      if (performance.now() > end) throw new Error(`No ${what} in 15 s: ${seen.stdout}${seen.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  return {
    child,
    seen,
    until,
    hasEnded: () => hasEnded,
    /** Waits for a log line with this message. */
    line: (msg: string) =>
      until(`line ${msg}`, () =>
        [...entries(seen.stdout), ...entries(seen.stderr)].find((line) => line.msg === msg),
      ),
    /** Waits for the end. */
    async end() {
      const { exitCode, signal, stdout, stderr } = await child;
      return { exitCode, signal, stdout: entries(stdout), stderr: entries(stderr), raw: { stdout, stderr } };
    },
  };
}

/** The JSON lines of a text. */
export function entries(text: string): LogEntry[] {
  const whole = text.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
  return whole.map((line) => JSON.parse(line) as LogEntry);
}

/** The stack that was logged with an error. */
export const stackOf = (line: LogEntry | undefined): string =>
  String((line?.error as { stack?: unknown } | undefined)?.stack);

export const messages = (lines: readonly LogEntry[]): string[] => lines.map((line) => line.msg);
