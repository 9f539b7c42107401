import type { Platform } from '@duende/core/contract';
import type { Importer } from '../select-adapter.ts';
import type { Adapters } from './adapters.ts';
import type { Arguments } from './arguments.ts';
import type { Output, Sink } from './output.ts';

/** The world around the program; replaced in tests. */
export interface Io {
  readonly env: NodeJS.ProcessEnv;
  cwd(): string;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** The whole of stdin. */
  readInput(): Promise<string>;
  readonly importer?: Importer;
  /** `detectPlatform` without it. */
  detect?(): Platform;
  /** Aborted when nobody reads stdout any more. */
  readonly outputClosed: AbortSignal;
}

/** What a command gets. */
export interface Context {
  readonly args: Arguments;
  readonly io: Io;
  readonly out: Output;
  readonly adapters: Adapters;
  /** --json was given. */
  readonly json: boolean;
}
