import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { main } from '../src/cli/main.ts';
import { Output } from '../src/cli/output.ts';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command in this process, on a state folder of its own that is removed after each test. */
export function useCommand(): { folder(): string; run(...argv: string[]): Promise<Said> } {
  let current: string | undefined;
  const folder = (): string => {
    current ??= mkdtempSync(join(tmpdir(), 'pepita-cli-'));
    return current;
  };
  afterEach(() => {
    if (current !== undefined) rmSync(current, { recursive: true, force: true });
    current = undefined;
  });
  return {
    folder,
    async run(...argv) {
      const said = { stdout: '', stderr: '' };
      const sink = (name: 'stdout' | 'stderr') => ({
        write(text: string | Uint8Array) {
          said[name] += String(text);
        },
      });
      const code = await main(argv, {
        env: { DUENDE_STATE_DIR: join(folder(), 'state') },
        cwd: folder(),
        out: new Output(sink('stdout'), sink('stderr')),
        outputClosed: new AbortController().signal,
      });
      return { code, ...said };
    },
  };
}
