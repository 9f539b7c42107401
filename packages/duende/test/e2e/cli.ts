import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect } from 'vitest';
import { type DaemonHandle, type DaemonStatus, selectAdapter } from '../../src/index.ts';

export const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
if (!existsSync(cli)) throw new Error(`${cli} is not there: run pnpm --filter duende build first`);

export interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What most commands print with --json. */
export interface StatusDocument {
  readonly handle: DaemonHandle;
  readonly status: DaemonStatus;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
}

/** The built program with a state folder of its own. What it has started is removed after each test. */
export class Cli {
  readonly folder = mkdtempSync(join(tmpdir(), 'duende-cli-'));
  readonly state = join(this.folder, 'state');
  readonly #program: string;

  constructor(program = cli) {
    this.#program = program;
  }

  start(argv: readonly string[], { env, ...options }: SpawnOptions = {}): ChildProcess {
    const own = { DUENDE_STATE_DIR: this.state, DUENDE_PLATFORM: 'native', ...env };
    const { PATH, HOME } = process.env;
    return spawn(process.execPath, [this.#program, ...argv], {
      cwd: this.folder,
      ...options,
      env: { PATH, HOME, ...own },
    });
  }

  async run(argv: readonly string[], { input, ...options }: RunOptions = {}): Promise<Outcome> {
    const child = this.start(argv, options);
    child.stdin?.on('error', () => {});
    child.stdin?.end(input ?? '');
    return finished(child);
  }

  /** Runs it, expects exit code 0 and nothing on stderr. */
  async ok(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(argv, options);
    expect({ argv, code, stderr }).toEqual({ argv, code: 0, stderr: '' });
    return stdout;
  }

  /** The same, with --json: stdout must be exactly one document. */
  async json<T = StatusDocument>(argv: readonly string[], options: RunOptions = {}): Promise<T> {
    const stdout = await this.ok([...argv, '--json'], options);
    expect(stdout).toMatch(/^[^\n]+\n$/);
    return JSON.parse(stdout) as T;
  }

  /** Runs it, expects this exit code, an empty stdout and exactly one line on stderr, which is returned. */
  async fails(code: number, argv: readonly string[], options: RunOptions = {}): Promise<string> {
    const outcome = await this.run(argv, options);
    expect({ argv, code: outcome.code, stdout: outcome.stdout, stderr: outcome.stderr }).toEqual({
      argv,
      code,
      stdout: '',
      stderr: expect.stringMatching(/^duende: [^\n]+\n$/),
    });
    expect(outcome.stderr).not.toMatch(/ at .*:\d+:\d+|Unexpected error/);
    return outcome.stderr.trimEnd();
  }

  async cleanUp(): Promise<void> {
    const adapter = await selectAdapter('native', { adapter: { stateDirectory: this.state } });
    for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
    await adapter.close?.();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function finished(child: ChildProcess): Promise<Outcome> {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...texts }));
  });
}

/** One for each test, removed after it. @param program another one than the built one */
export function useCli(program?: () => string): () => Cli {
  let current: Cli | undefined;
  afterEach(async () => {
    await current?.cleanUp();
    current = undefined;
  });
  return () => {
    current ??= new Cli(program?.());
    return current;
  };
}

/** Resolves as soon as `stream` has printed something that matches. */
export function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`${pattern} was not printed, but: ${text}`)), 15_000);
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (!pattern.test(text)) return;
      clearTimeout(timer);
      resolve(text);
    });
  });
}
