import type { Signal } from '@duende/core/contract';
import type { GuestAnswer, GuestRequest } from './guest-request.ts';

/** What the calls of module `wos` need of the kernel thread. */
export interface ThreadServices {
  /** Other processes are elsewhere: see `ThreadData`. */
  readonly isAlone: boolean;
  /** `undefined`: there is no such process. */
  parentOf(pid: number): number | undefined;
  /** The nearest process above it that has not ended, 1 for none; `undefined`: there is no such process. */
  ancestorOf(pid: number): number | undefined;
  /** To any process, on whatever thread. Takes effect at once on this one. */
  signal(pid: number, signal: Signal): void;
  /** Copies the bytes into the mailbox of a process, on whatever thread. */
  mail(from: number, to: number, bytes: Uint8Array): 'ok' | 'full' | 'too-big' | 'gone';
  /** What a process tells about itself: lines of sd_notify(3). */
  notify(pid: number, text: string): void;
  /** Asks the main thread, in the name of a process. Never rejects. */
  ask(pid: number, request: GuestRequest): { readonly id: number; readonly answer: Promise<GuestAnswer> };
}
