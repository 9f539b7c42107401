import { join } from 'node:path';

/** Where the files of the native adapter are, under the state folder. docs/native.md describes each. */
export class NativePaths {
  /** The folder of all daemons. */
  readonly base: string;

  constructor(stateDirectory: string) {
    this.base = join(stateDirectory, 'native');
  }

  daemon(name: string): string {
    return join(this.base, name);
  }

  state(name: string): string {
    return join(this.base, name, 'state');
  }

  control(name: string): string {
    return join(this.base, name, 'control');
  }

  log(name: string): string {
    return join(this.base, name, 'log');
  }
}
