import type { SpawnOptions } from '../../src/kernel/index.ts';

/** How a process of a kind has to end. */
export type Ends =
  /** spawn() rejects. */
  | 'refused'
  /** Refused, or ended in any way, by itself or killed: it is not known what the module is. */
  | 'any'
  /** By SIGKILL from here or SIGXCPU of its limit: never by itself. */
  | 'never'
  /** By one of these signals. */
  | readonly string[]
  | { readonly code: number; readonly stdout?: string };

export interface SoakModule {
  readonly kind: string;
  readonly module: Uint8Array | string;
  readonly args?: string[];
  readonly limits?: SpawnOptions['limits'];
  readonly ends: Ends;
  /** Milliseconds until it is killed from here. */
  readonly killAfter: number;
  /** It gets a directory, with links out of it. */
  readonly files?: true;
  /** It may start processes: they are killed with it. */
  readonly starts?: boolean;
}

/** Imports of a module in text format. */
export const imported = {
  exit: '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))',
  write: '(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))',
  read: '(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))',
  poll: '(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))',
  open: `(import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))`,
  close: '(import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))',
  pid: '(import "wos" "pid" (func $pid (result i32)))',
  send: '(import "wos" "send" (func $send (param i32 i32 i32) (result i32)))',
};

/** Bytes as a string of the text format. */
export const quoted = (bytes: Uint8Array): string =>
  `"${Array.from(bytes, (byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')}"`;

export const program = (imports: readonly string[], body: string, more = '', pages = 1): string =>
  `(module ${imports.join('\n')} (memory (export "memory") ${pages}) ${more}
    (func $main (export "_start") (local $i i32) (local $n i32) ${body}))`;
