/** What a stand-in writes of a guest: files of the real number, names and sizes, and inside what tells whether they belong together. */

import { createHash, randomUUID } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs';

const idSize = 36;

/** Writes a memory of a size, with the mode that is usual where there is none yet. @returns what it is known by */
export function writeMemory(path: string, bytes: number, flags: 'w' | 'wx'): string {
  const id = randomUUID();
  const file = openSync(path, flags);
  writeSync(file, id);
  ftruncateSync(file, bytes);
  closeSync(file);
  return id;
}

/** @throws Error when it is not this memory, or not whole */
export function checkMemory(path: string, bytes: number, id: string): void {
  const file = openSync(path, 'r');
  const found = Buffer.alloc(idSize);
  readSync(file, found, 0, idSize, 0);
  closeSync(file);
  if (statSync(path).size !== bytes) throw new Error('the memory file has another size');
  if (found.toString('latin1') !== id) throw new Error('the memory is not that of the state');
}

const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A line with its checksum before it. */
export function seal(state: unknown): string {
  const text = JSON.stringify(state);
  return `${sumOf(text)} ${text}\n`;
}

/** @throws Error when it was changed */
export function unseal(sealed: string): unknown {
  const [sum, ...rest] = sealed.trimEnd().split(' ');
  const text = rest.join(' ');
  if (sum !== sumOf(text)) throw new Error('CRC validation failed');
  return JSON.parse(text);
}
