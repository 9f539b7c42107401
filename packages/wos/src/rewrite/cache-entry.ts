import { createHash } from 'node:crypto';
import type { RewrittenModule } from './rewrite-module.ts';

/** Changes with everything that makes the rewriter write other bytes, or other things about them. */
export const rewriterVersion = 2;

export const sha256 = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** Name of an entry. The engine is in it: what is valid is its decision. */
export function entryName(bytes: Uint8Array, memoryMax: number | undefined): string {
  return sha256(`${rewriterVersion} ${process.versions.v8} ${memoryMax ?? ''}\n`, bytes);
}

const separator = 0x0a;

/** An entry: a checksum of the rest, a line of JSON, and the module. */
export function encodeEntry({ bytes, ...about }: RewrittenModule): Buffer {
  const rest = Buffer.concat([Buffer.from(`${JSON.stringify(about)}\n`), bytes]);
  return Buffer.concat([Buffer.from(`${sha256(rest)}\n`), rest]);
}

/** The module of an entry, or undefined when the entry is damaged. */
export function decodeEntry(entry: Buffer): RewrittenModule | undefined {
  const first = entry.indexOf(separator);
  const second = entry.indexOf(separator, first + 1);
  if (first < 0 || second < 0) return undefined;
  const rest = entry.subarray(first + 1);
  if (entry.toString('latin1', 0, first) !== sha256(rest)) return undefined;
  const about = JSON.parse(entry.toString('utf8', first + 1, second)) as Omit<RewrittenModule, 'bytes'>;
  return { ...about, bytes: new Uint8Array(entry.subarray(second + 1)) };
}
