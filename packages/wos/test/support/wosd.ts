import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Io } from '../../src/cli/command.ts';
import { main } from '../../src/cli/main.ts';
import { Output } from '../../src/cli/output.ts';
import { WosClient } from '../../src/protocol/index.ts';
import { startKernel } from '../../src/wosd/index.ts';
import { temporaryFolder } from './programs.ts';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** State folders of a test file, and wos-ctl on one of them. The kernels in them are ended with the file. */
export class Wos {
  readonly stateDirectory: string;
  readonly #clients: WosClient[] = [];

  constructor(stateDirectory: string) {
    this.stateDirectory = stateDirectory;
  }

  get base(): string {
    return join(this.stateDirectory, 'wos');
  }

  async start() {
    const started = await startKernel(this.stateDirectory);
    this.#clients.push(started.client);
    return started;
  }

  async connect(): Promise<WosClient> {
    const client = await WosClient.connect(this.base);
    this.#clients.push(client);
    return client;
  }

  /** wos-ctl in this process. `closed`: nobody reads its output any more. */
  async ctl(args: readonly string[], closed?: AbortSignal): Promise<Ended> {
    const text = { stdout: '', stderr: '' };
    const sink = (name: 'stdout' | 'stderr') => ({
      write: (part: string | Uint8Array) => {
        text[name] += String(part);
      },
    });
    const io: Io = {
      env: { DUENDE_STATE_DIR: this.stateDirectory },
      cwd: '/',
      out: new Output(sink('stdout'), sink('stderr')),
      outputClosed: closed ?? new AbortController().signal,
    };
    return { code: await main(args, io), ...text };
  }

  /** wos-ctl as a process of its own. */
  process(args: readonly string[]) {
    const cli = new URL('../../src/cli.ts', import.meta.url).pathname;
    const env = { PATH: process.env.PATH, DUENDE_STATE_DIR: this.stateDirectory };
    const child = spawn(process.execPath, [cli, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const text = { stdout: '', stderr: '' };
    child.stdout.on('data', (block: Buffer) => {
      text.stdout += String(block);
    });
    child.stderr.on('data', (block: Buffer) => {
      text.stderr += String(block);
    });
    const ended = new Promise<Ended & { signal: NodeJS.Signals | null }>((resolve) =>
      child.on('close', (code, signal) => resolve({ code: code ?? -1, signal, ...text })),
    );
    return { child, text, ended };
  }

  async end(): Promise<void> {
    for (const client of this.#clients) client.close();
    const client = await WosClient.connect(this.base).catch(() => undefined);
    await client?.request('shutdown', { timeout: 100 });
    client?.close();
  }
}

/** Gives each call a state folder of its own. */
export function useWos(): () => Wos {
  const folder = temporaryFolder();
  const made: Wos[] = [];
  afterAll(() => Promise.all(made.map((wos) => wos.end())));
  return () => {
    const wos = new Wos(join(folder, `state-${made.length}`));
    made.push(wos);
    return wos;
  };
}
