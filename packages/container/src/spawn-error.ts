import { type DaemonSpec, PlatformError, type PlatformErrorOptions } from '@duende/core/contract';
import { initError as errorOfInit } from '@duende/program';

const at = { platform: 'container', operation: 'spawn' } as const;

function failed(
  message: string,
  options: Omit<PlatformErrorOptions, 'platform' | 'operation'>,
): PlatformError {
  return new PlatformError('SpawnFailed', message, { ...at, ...options });
}

/** The error that an init's `STAGE ERRNO LASTLINE` means. */
export const initError = (line: string, spec: DaemonSpec, file: string): PlatformError =>
  errorOfInit(line, spec, {
    platform: 'container',
    file,
    cwdHint: 'It must be a folder in the container: mount one (platform.container.mounts), or leave cwd out',
  });

/** The container came to its end before its init could say anything. */
export function silentEnd(spec: DaemonSpec, exitCode: number, oomKilled: boolean): PlatformError {
  if (oomKilled) {
    return new PlatformError('Config', 'resources.memoryMax is too low to start anything', {
      ...at,
      reason: 'invalid-setting',
      field: 'resources.memoryMax',
    });
  }
  return failed(`The container of ${spec.name} ended with code ${exitCode} before its init could begin`, {
    reason: 'engine-error',
    hint: "The engine must see this machine's files: it mounts the state folder (DUENDE_STATE_DIR) into the container",
  });
}

/** What engines say of a start that runc refuses, as the setting that is at fault. */
export function engineRefusal(
  message: string,
  spec: DaemonSpec,
  /** The folder of our state. */
  base?: string,
): PlatformError | undefined {
  const config = (field: string, hint?: string): PlatformError =>
    new PlatformError('Config', `${field} cannot be set here: ${message}`, {
      ...at,
      reason: 'invalid-setting',
      field,
      hint,
    });
  if (/unable to find (user|uid)|no matching entries in passwd|unknown user/i.test(message))
    return failed(`user ${JSON.stringify(spec.user)} does not exist in the image`, {
      reason: 'exec-failed',
      field: 'user',
      hint: 'Give a number, or an account that the image has',
    });
  if (/unable to find group|no matching entries in group/i.test(message))
    return failed(`group ${JSON.stringify(spec.group)} does not exist in the image`, {
      reason: 'exec-failed',
      field: 'group',
      hint: 'Give a number, or a group that the image has',
    });
  if (/bind source path does not exist|mount.*no such file/i.test(message)) {
    if (base !== undefined && message.includes(base)) {
      return failed('The engine does not see the state folder of this machine', {
        reason: 'exec-failed',
        field: 'DUENDE_STATE_DIR',
        hint: `Set DUENDE_STATE_DIR to a folder that the engine sees under the same path, instead of ${base}`,
      });
    }
    return failed(message, {
      reason: 'exec-failed',
      field: 'platform.container.mounts',
      hint: "Check the paths on the engine's machine",
    });
  }
  if (/minimum memory limit|memory limit too low|memory.*limit.*invalid/i.test(message))
    return config('resources.memoryMax');
  if (/rlimit|setrlimit|RLIMIT/.test(message))
    return config(
      /memlock/i.test(message) ? 'resources.lockMemory' : 'resources.openFilesMax',
      'It is above what the engine may ask for',
    );
  if (/network .* not found|network not found|^network .*: containerd/i.test(message))
    return config('platform.container.network');
  if (/unknown or invalid capability|invalid capability|unknown capability/i.test(message))
    return config('sandbox.capabilities');
  if (/seccomp/i.test(message)) return config('sandbox.seccomp');
  if (/port is already allocated|address already in use/i.test(message))
    return config('platform.container.ports');
  return undefined;
}
