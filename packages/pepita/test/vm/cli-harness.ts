import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';
import { PepitaAdapter } from '../../src/index.ts';

const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
if (!existsSync(program))
  throw new Error(`${program} is not there: run pnpm --filter @duende/pepita build first`);

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Of every VM here: one kind, so that one template serves all. */
export const small = ['--memory', '128', '--accel', 'tcg'];

/** The built `pepita`, with a state folder of its own whose VMs are removed after the tests of a file. */
export class Pepita {
  readonly folder = mkdtempSync('/var/tmp/pepita-cli-vm-');
  readonly state = join(this.folder, 'state');

  constructor() {
    afterAll(async () => {
      const adapter = new PepitaAdapter({ stateDirectory: this.state });
      for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
      await adapter.close();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  start(argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, DUENDE_STATE_DIR: this.state };
    return spawn(process.execPath, [program, ...argv], { cwd: this.folder, env, ...options });
  }

  async run(argv: readonly string[], input: string | Buffer = ''): Promise<Outcome> {
    const child = this.start(argv);
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    return await finished(child);
  }

  /** Runs it, expects exit code 0 and nothing on stderr. */
  async ok(...argv: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(argv);
    expect({ argv, code, stderr }).toEqual({ argv, code: 0, stderr: '' });
    return stdout;
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
    child.on('close', (code) => resolve({ code, ...texts }));
  });
}

/** Resolves as soon as it has printed something that matches. */
export function printed(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`${pattern} was not printed, but: ${text}`)), 30_000);
    child.stdout?.on('data', (chunk: Buffer | string) => {
      text += String(chunk);
      if (!pattern.test(text)) return;
      clearTimeout(timer);
      resolve();
    });
  });
}
