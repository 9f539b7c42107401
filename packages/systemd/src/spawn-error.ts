import { statSync } from 'node:fs';
import { type DaemonSpec, PlatformError, type PlatformErrorOptions } from '@duende/core/contract';
import { execError, isImpossiblePath } from '@duende/program';

/** What is known of a start that failed. */
export interface FailedStart {
  /** Of the job: failed, timeout, canceled, dependency ... (org.freedesktop.systemd1(5), JobRemoved). */
  readonly job: string;
  /** `Result` of the service. */
  readonly result: string;
  /** si_code and si_status of the main process, waitid(2): 1 exited, 2 killed, 3 dumped. */
  readonly mainCode: number;
  readonly mainStatus: number;
  /** errno of execve(2), 0 when it was not reached or succeeded. */
  readonly execErrno: number;
  readonly execStage: string;
  /** The program was executed, so that the exit is its own. */
  readonly executed: boolean;
  /** The last line that it wrote, empty without one. */
  readonly lastLine: string;
}

const at = { platform: 'linux', operation: 'spawn' } as const;

const failed = (
  message: string,
  options: Omit<PlatformErrorOptions, 'platform' | 'operation'>,
): PlatformError => new PlatformError('SpawnFailed', message, { ...at, ...options });

const wrong = (field: string, message: string, hint?: string): PlatformError =>
  new PlatformError('Config', message, { ...at, reason: 'invalid-setting', field, hint });

/** systemd says only that it could not; why is asked again here. */
function folderError(cwd: string): PlatformError {
  let code = '';
  try {
    if (!statSync(cwd).isDirectory()) code = 'ENOTDIR';
  } catch (error) {
    code = (error as NodeJS.ErrnoException).code ?? '';
  }
  const message = `cwd: cannot enter ${cwd.slice(0, 80)}${code ? `: ${code}` : ''}`;
  if (isImpossiblePath(code)) return wrong('cwd', message);
  return failed(message, {
    reason: 'exec-failed',
    field: 'cwd',
    hint: 'It must be a folder that the daemon may enter',
  });
}

/** Exit codes of systemd's own, before the program (systemd.exec(5), "Process exit codes"). */
const stages: Readonly<Record<number, (spec: DaemonSpec) => PlatformError>> = {
  200: ({ cwd = '/' }) => folderError(cwd),
  216: ({ group }) =>
    failed(`Cannot become group ${String(group)}`, { reason: 'exec-failed', field: 'group' }),
  217: ({ user }) =>
    failed(`user ${JSON.stringify(user)} is nobody that systemd can run a unit as here`, {
      reason: 'exec-failed',
      field: 'user',
      hint: 'Create it, or name an existing user (getent passwd lists them)',
    }),
  218: () => wrong('sandbox.capabilities', 'sandbox.capabilities cannot be set here'),
  225: () => wrong('sandbox.network', 'sandbox.network: no network namespace can be made here'),
  226: () =>
    wrong(
      'sandbox.filesystem',
      'sandbox.filesystem: no mount namespace can be made here',
      'Check that the paths in writable exist',
    ),
  228: () => wrong('sandbox.seccomp', 'sandbox.seccomp cannot be set here'),
};

/** The error that a failed start means. */
export function spawnError(start: FailedStart, spec: DaemonSpec, file: string): PlatformError {
  if (start.execErrno > 0 && start.execStage === 'exec')
    return execError(file, start.execErrno, 'linux', ', or the sandbox hides it');
  const said = start.lastLine ? `; its last line was: ${start.lastLine}` : '';
  if (start.result === 'timeout' || start.job === 'timeout') {
    return failed(`${spec.name} was not ready within ${spec.startTimeout} ms${said}`, {
      reason: 'timeout',
      hint: 'Raise startTimeout, or call ctx.ready() (READY=1) sooner',
    });
  }
  const stage = start.mainCode === 1 && !start.executed ? stages[start.mainStatus] : undefined;
  if (stage) return stage(spec);
  if (start.executed && start.mainCode > 0) {
    const how =
      start.mainCode === 1
        ? `exited with code ${start.mainStatus}`
        : `was ended by signal ${start.mainStatus}`;
    return failed(`${spec.name} ${how} before it was ready${said}`, {
      reason: 'exec-failed',
      hint: 'Run it by hand to see why',
    });
  }
  const why = start.execStage ? ` (${start.execStage}, error ${start.execErrno})` : '';
  return failed(`systemd could not start ${spec.name}: ${start.result || start.job}${why}`, {
    reason: 'engine-error',
    hint: `The journal has more: journalctl -u duende-${spec.name}`,
  });
}
