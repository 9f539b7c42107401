import { join } from 'node:path';

/** Where the files of the kernel are, under the state folder. Everything is 0700 and of the user that runs it. */
export class WosPaths {
  /** The folder of all of it. The control socket is `control` in it. */
  readonly base: string;

  constructor(stateDirectory: string) {
    this.base = join(stateDirectory, 'wos');
  }

  get socket(): string {
    return join(this.base, 'control');
  }

  /** What a kernel says that was started on demand. */
  get log(): string {
    return join(this.base, 'wosd.log');
  }

  /** Rewritten modules by content. */
  get modules(): string {
    return join(this.base, 'modules');
  }

  /** One folder for each daemon. */
  get daemons(): string {
    return join(this.base, 'daemons');
  }

  /** One folder for each process. */
  get processes(): string {
    return join(this.base, 'processes');
  }
}
