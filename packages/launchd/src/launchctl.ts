import { execFile } from 'node:child_process';
import { PlatformError } from '@duende/core/contract';

export const systemLaunchctl = '/bin/launchctl';

export interface Answer {
  /** Exit code: an errno of macOS, or one of launchd's own from 107 on. 64 is wrong usage. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Codes that are answered to; the rest is for people. `launchctl error CODE` explains each. */
export const codes = {
  notPermitted: 1,
  noProcess: 3,
  inputOutput: 5,
  inProgress: 36,
  alreadyInProgress: 37,
  noDomain: 112,
  noService: 113,
  disabled: 119,
  unsupportedAction: 125,
} as const;

/** launchctl(1), without a shell. Whatever it answers is an answer. */
export class Launchctl {
  readonly path: string;

  constructor(path: string = systemLaunchctl) {
    this.path = path;
  }

  /** @throws PlatformError NotSupported / unavailable when it cannot be executed */
  run(...args: string[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = { env: { PATH: '/usr/bin:/bin' }, maxBuffer: 64 << 20, encoding: 'utf8' } as const;
      const child = execFile(this.path, args, options, (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === 'number') resolve({ code, stdout, stderr });
        else reject(this.#failed(args, error, code ?? child.signalCode ?? undefined));
      });
    });
  }

  #failed([subcommand = '']: readonly string[], cause: unknown, why = 'it was killed'): PlatformError {
    return new PlatformError('NotSupported', `Cannot execute ${this.path} ${subcommand}: ${why}`, {
      reason: 'unavailable',
      platform: 'macos',
      operation: subcommand,
      cause,
    });
  }
}

/** What launchctl said, as one line: its first line on stderr, which has the code, else the code. */
export function said({ code, stderr, stdout }: Answer): string {
  const line = (stderr || stdout).split('\n').find((text) => text.trim() !== '');
  return line === undefined ? `launchctl answered ${code}` : line.trim().slice(0, 200);
}
