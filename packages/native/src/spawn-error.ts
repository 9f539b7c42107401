import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import { type DaemonSpec, PlatformError, type PlatformErrorOptions } from '@duende/core/contract';
import { execError, isImpossiblePath } from '@duende/program';

/** `error STAGE ERRNO [TEXT]`, as the supervisor answered. */
export interface SpawnAnswer {
  readonly stage: string;
  readonly error: number;
  readonly lastLine: string;
}

const at = { platform: 'native', operation: 'spawn' } as const;

function failed(
  message: string,
  options: Omit<PlatformErrorOptions, 'platform' | 'operation'>,
): PlatformError {
  return new PlatformError('SpawnFailed', message, { ...at, ...options });
}

/** The error that a supervisor's answer means. */
export function spawnError(answer: SpawnAnswer, spec: DaemonSpec, file: string): PlatformError {
  const { stage, error } = answer;
  const isErrno = error > 0 && !stage.startsWith('exited');
  const code = isErrno ? getSystemErrorName(-error) : '';
  const why = isErrno ? getSystemErrorMessage(-error) : '';
  const said = answer.lastLine ? `; its last line was: ${answer.lastLine}` : '';
  if (stage === 'exec') return execError(file, error, 'native');
  if (stage === 'name') {
    return failed(`A daemon named ${spec.name} is running already`, {
      reason: 'already-exists',
      hint: `Stop it first (duende stop ${spec.name}), or choose another name`,
    });
  }
  if (stage === 'cwd') {
    const message = `cwd: cannot enter ${(spec.cwd ?? '/').slice(0, 80)}: ${why}`;
    if (isImpossiblePath(code))
      return new PlatformError('Config', message, { ...at, reason: 'invalid-setting', field: 'cwd' });
    return failed(message, {
      reason: 'exec-failed',
      field: 'cwd',
      hint: 'It must be a folder that the daemon may enter',
    });
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
  if (stage.startsWith('resources') || stage.startsWith('sandbox')) {
    return new PlatformError('Config', `${stage} cannot be set here: ${why}`, {
      ...at,
      reason: 'invalid-setting',
      field: stage,
      hint:
        code === 'EPERM' || code === 'EACCES'
          ? 'It is above what this user may ask for; lower it, or run as root'
          : undefined,
    });
  }
  if (stage === 'user' || stage === 'group') {
    return failed(`Cannot become ${stage} ${String(spec[stage])}: ${why}`, {
      reason: 'permission-denied',
      field: stage,
    });
  }
  const disk = code === 'ENOSPC' || code === 'EDQUOT';
  return failed(
    `The supervisor of ${spec.name} could not be set up (${stage}): ${why || `answer ${error}`}`,
    {
      reason:
        code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? 'permission-denied' : 'engine-error',
      hint: disk
        ? 'Free some disk space, or set DUENDE_STATE_DIR to another disk'
        : stage === 'state-folder'
          ? 'Set DUENDE_STATE_DIR to a folder that you may write'
          : undefined,
    },
  );
}

/** The supervisor itself could not do its work. */
export function supervisorFailure(message: string, cause?: unknown): PlatformError {
  return failed(message, { reason: 'engine-error', cause });
}
