import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import { type DaemonSpec, PlatformError, type PlatformErrorOptions } from '@duende/core/contract';
import { execError, isImpossiblePath } from '@duende/program';

/** `error STAGE ERRNO [TEXT]`, as the job's program answered. */
export interface SpawnAnswer {
  readonly stage: string;
  readonly error: number;
  readonly lastLine: string;
}

const at = { platform: 'macos', operation: 'spawn' } as const;

const failed = (
  message: string,
  options: Omit<PlatformErrorOptions, 'platform' | 'operation'>,
): PlatformError => new PlatformError('SpawnFailed', message, { ...at, ...options });

function folderError({ cwd = '/' }: DaemonSpec, code: string, why: string): PlatformError {
  const message = `cwd: cannot enter ${cwd.slice(0, 80)}: ${why}`;
  if (isImpossiblePath(code))
    return new PlatformError('Config', message, { ...at, reason: 'invalid-setting', field: 'cwd' });
  const hint = 'It must be a folder that the daemon may enter';
  return failed(message, { reason: 'exec-failed', field: 'cwd', hint });
}

/** The error that an answer means. */
export function spawnError(
  { stage, error, lastLine }: SpawnAnswer,
  spec: DaemonSpec,
  file: string,
): PlatformError {
  const isErrno = error > 0 && !stage.startsWith('exited');
  const code = isErrno ? getSystemErrorName(-error) : '';
  const why = isErrno ? getSystemErrorMessage(-error) : '';
  const saidLast = lastLine ? `; its last line was: ${lastLine}` : '';
  if (stage === 'exec') return execError(file, error, 'macos');
  if (stage === 'cwd') return folderError(spec, code, why);
  if (stage === 'timeout') {
    return failed(`${spec.name} was not ready within ${spec.startTimeout} ms${saidLast}`, {
      reason: 'timeout',
      hint: 'Raise startTimeout, or call ctx.ready() (READY=1) sooner',
    });
  }
  if (stage.startsWith('exited')) {
    const how = stage === 'exited-code' ? `exited with code ${error}` : `was ended by signal ${error}`;
    return failed(`${spec.name} ${how} before it was ready${saidLast}`, {
      reason: 'exec-failed',
      hint: 'Run it by hand to see why',
    });
  }
  if (stage === 'user' || stage === 'group') {
    return failed(`Cannot become ${stage} ${String(spec[stage])}: ${why}`, {
      reason: 'permission-denied',
      field: stage,
    });
  }
  const denied = ['EACCES', 'EPERM', 'EROFS'].includes(code);
  return failed(`The job of ${spec.name} could not be set up (${stage}): ${why || `answer ${error}`}`, {
    reason: denied ? 'permission-denied' : 'engine-error',
    hint: code === 'ENOSPC' ? 'Free some disk space, or set DUENDE_STATE_DIR to another disk' : undefined,
  });
}
