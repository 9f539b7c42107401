import type { Signal } from '@duende/core/contract';

/** Numbers of wasi-libc's <signal.h>, which are Linux's. */
export const signalNumbers: Readonly<Record<Signal, number>> = {
  TERM: 15,
  KILL: 9,
  INT: 2,
  QUIT: 3,
  HUP: 1,
  USR1: 10,
  USR2: 12,
  STOP: 19,
  CONT: 18,
};

/** Of the other signals by which a process ends: see `exitOfError()`. */
const trapNumbers: Readonly<Record<string, number>> = {
  SIGILL: 4,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGSEGV: 11,
  SIGXCPU: 24,
};

/** @param name with SIG, as the end of a process has it */
export function numberOfEnd(name: string): number {
  return (
    trapNumbers[name] ?? signalNumbers[name.slice('SIG'.length) as Signal] ?? (trapNumbers.SIGABRT as number)
  );
}

const byNumber = new Map(Object.entries(signalNumbers).map(([name, number]) => [number, name as Signal]));

export function signalOfNumber(number: number): Signal | undefined {
  return byNumber.get(number);
}

/** The signals that a process can handle, in the order in which they are delivered. */
export const handled: readonly Signal[] = ['TERM', 'INT', 'QUIT', 'HUP', 'USR1', 'USR2', 'CONT'];
