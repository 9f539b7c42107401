import type { Platform } from '@duende/core';
import type { Sink } from '../src/cli/output.ts';
import { main } from '../src/cli-main.ts';
import { adapterRegistry, type Importer } from '../src/index.ts';
import type { MemoryAdapter } from './memory-adapter.ts';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HarnessOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
  readonly detected?: Platform;
  readonly tty?: boolean;
}

/** What Node throws for a package that is not installed. */
export function missing(packageName: string): Error {
  const error = new Error(`Cannot find package '${packageName}' imported from /somewhere/cli.js`);
  return Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' });
}

/** An importer in which only these adapters are installed. */
export function importerOf(adapters: readonly MemoryAdapter[]): Importer {
  return async (packageName) => {
    for (const adapter of adapters) {
      const [name, className] = adapterRegistry[adapter.platform];
      // A class whose instance is the double itself, so that the test can look into it.
      if (name === packageName)
        return {
          [className]: function Double() {
            return adapter;
          },
        };
    }
    throw missing(packageName);
  };
}

/** Runs a command line in this process, against doubles. */
export async function run(
  argv: readonly string[],
  adapters: readonly MemoryAdapter[],
  options: HarnessOptions = {},
): Promise<Outcome> {
  const texts = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr'): Sink => ({
    isTTY: options.tty ?? false,
    write: (text) => {
      texts[name] += text;
    },
  });
  const code = await main(argv, {
    env: options.env ?? {},
    cwd: () => options.cwd ?? '/work',
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    readInput: async () => options.input ?? '',
    importer: importerOf(adapters),
    detect: () => options.detected ?? 'native',
    outputClosed: new AbortController().signal,
  });
  return { code, ...texts };
}
