import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import {
  type DaemonSpec,
  type Platform,
  PlatformError,
  type PlatformErrorOptions,
} from '@duende/core/contract';
import { execError, isImpossiblePath } from './exec-error.ts';

export interface InitErrorOptions {
  readonly platform: Platform;
  /** The file that was to be executed. */
  readonly file: string;
  /** What to do about a folder that is not there. */
  readonly cwdHint: string;
}

/** The error that duende-init's `STAGE ERRNO LASTLINE` means. */
export function initError(
  line: string,
  spec: DaemonSpec,
  { platform, file, cwdHint }: InitErrorOptions,
): PlatformError {
  const at = { platform, operation: 'spawn' } as const;
  const failed = (message: string, options: Omit<PlatformErrorOptions, 'platform' | 'operation'>) =>
    new PlatformError('SpawnFailed', message, { ...at, ...options });
  const [, stage = '', number = '0', last = ''] = /^(\S+) (-?\d+) ?(.*)$/s.exec(line) ?? [];
  const error = Number(number);
  const isErrno = error > 0 && !stage.startsWith('exited');
  const code = isErrno ? getSystemErrorName(-error) : '';
  const why = isErrno ? getSystemErrorMessage(-error) : '';
  const said = last ? `; its last line was: ${last}` : '';
  if (stage === 'exec') return execError(file, error, platform, ', in the image');
  if (stage === 'cwd') {
    const message = `cwd: cannot enter ${(spec.cwd ?? '/').slice(0, 80)}: ${why}`;
    if (isImpossiblePath(code))
      return new PlatformError('Config', message, { ...at, reason: 'invalid-setting', field: 'cwd' });
    return failed(message, { reason: 'exec-failed', field: 'cwd', hint: cwdHint });
  }
  if (stage === 'timeout') {
    return failed(`${spec.name} was not ready within ${spec.startTimeout} ms${said}`, {
      reason: 'timeout',
      hint: 'Raise startTimeout, or call ctx.ready() (READY=1) sooner',
    });
  }
  if (stage.startsWith('exited')) {
    const how = stage === 'exited-code' ? `exited with code ${error}` : `was ended by signal ${error}`;
    return failed(`${spec.name} ${how} before it was ready${said}`, {
      reason: 'exec-failed',
      hint: 'Run it by hand to see why',
    });
  }
  return failed(`The init of ${spec.name} could not be set up (${stage || 'unknown'}): ${why || line}`, {
    reason: 'engine-error',
    hint: error === 28 ? 'Free some disk space, or set DUENDE_STATE_DIR to another disk' : undefined,
  });
}
