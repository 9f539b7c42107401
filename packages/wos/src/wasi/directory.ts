import { closeSync } from 'node:fs';
import { type Descriptor, FileType } from './descriptor.ts';

/** An open directory of the host. */
export class HostDirectory implements Descriptor {
  readonly fileType = FileType.Directory;
  readonly host: number;
  rights: bigint;
  inheriting: bigint;
  flags = 0;
  readonly preopen?: Uint8Array;
  /** What fd_readdir reads from, taken when it begins anew. */
  listing: { readonly name: Uint8Array; readonly type: number }[] | undefined;

  constructor(host: number, rights: bigint, inheriting: bigint, preopen?: string) {
    this.host = host;
    this.rights = rights;
    this.inheriting = inheriting;
    if (preopen !== undefined) this.preopen = new TextEncoder().encode(preopen);
  }

  close(): void {
    closeSync(this.host);
  }
}
