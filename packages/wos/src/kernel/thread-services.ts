import type { Signal } from '@duende/core/contract';

/** What the calls of module `wos` need of the kernel thread. */
export interface ThreadServices {
  /** `undefined`: there is no such process. */
  parentOf(pid: number): number | undefined;
  /** To any process, on whatever thread. Takes effect at once on this one. */
  signal(pid: number, signal: Signal): void;
  /** Copies the bytes into the mailbox of a process, on whatever thread. */
  mail(from: number, to: number, bytes: Uint8Array): 'ok' | 'full' | 'too-big' | 'gone';
}
