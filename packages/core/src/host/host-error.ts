/** What the host ends with. 78 is EX_CONFIG of sysexits.h: starting again with the same settings cannot help. */
export const hostExit = { done: 0, failed: 1, config: 78 } as const;

/** Something that the reader can put right: logged as one line, without a stack. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = hostExit.failed, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}

/** Settings that cannot work, exit code 78. */
export const configProblem = (message: string, cause?: unknown): HostError =>
  new HostError(message, hostExit.config, cause);
