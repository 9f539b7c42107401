import { type DaemonSpec, isTerminal, PlatformError } from '@duende/core/contract';
import { initError, type StatePage } from '@duende/program';
import type { Context } from './context.ts';
import { failed } from './failures.ts';
import { daemonStatus, hasEnded } from './status.ts';
import { machineIdOf } from './vm-name.ts';
import type { VmRecord } from './vm-record.ts';
import { telling, untilChanged } from './wait.ts';

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;

const stageFields: Readonly<Record<string, string>> = {
  root: 'the root file system cannot be mounted',
  overlay: 'the layer above its root cannot be mounted',
};

/** The error that the guest's `STAGE ERRNO LASTLINE` means. */
export function guestError(line: string, spec: DaemonSpec, file: string): PlatformError {
  const [, stage = '', errno = '0'] = /^(\S+) (-?\d+)/.exec(line) ?? [];
  if (/^(resources|sandbox)\./.test(stage)) {
    return new PlatformError('Config', `${stage} cannot be set in the guest (error ${errno})`, {
      reason: 'invalid-setting',
      platform: 'pepita',
      operation: 'spawn',
      field: stage,
    });
  }
  const what = stageFields[stage];
  if (what !== undefined) {
    return failed(operation, `The VM of ${spec.name} has no root: ${what} (error ${errno})`, 'engine-error');
  }
  return initError(line, spec, {
    platform: 'pepita',
    file,
    cwdHint: 'It must be a folder in the guest: pack it (platform.pepita.files), or leave cwd out',
  });
}

/**
 * Waits until the program was executed in the guest, or has said that it is ready.
 * @throws PlatformError SpawnFailed saying why not
 */
export async function untilStarted(
  context: Context,
  name: string,
  id: string,
  spec: DaemonSpec,
  record: VmRecord,
): Promise<StatePage> {
  const { store } = context;
  const look = async (): Promise<StatePage | undefined> => {
    const page = store.page(name);
    if (typeof page !== 'object' || page.id !== id) {
      throw failed(operation, `The state of ${name} was lost`, 'engine-error');
    }
    // Its first run may have come and gone, and the next one be waited for.
    if (hasEnded(page) || page.restarts > 0 || page.exit !== undefined) {
      const why = store.failure(name);
      if (why !== undefined) throw guestError(why, spec, record.program);
      return page;
    }
    if (page.state === 'running' || page.state === 'stopping') return page;
    const status = await daemonStatus(context, { name, page, record });
    if (isTerminal(status) && status.state === 'failed' && !hasEnded(page)) {
      const now = store.page(name);
      if (typeof now === 'object' && hasEnded(now)) return undefined;
      const hint = 'Raise platform.pepita.memory, if the guest has too little';
      throw failed(
        operation,
        `The VM of ${name} has ended while it started: ${status.message}`,
        'engine-error',
        hint,
      );
    }
    return undefined;
  };
  // It takes longer than a start may, only when the guest hangs.
  const limit = AbortSignal.timeout(spec.startTimeout + 60_000);
  try {
    return (await look()) ?? (await untilChanged(telling(context, name, machineIdOf(record)), look, limit));
  } catch (error) {
    if (!limit.aborted || PlatformError.isInstance(error)) throw error;
    throw failed(operation, `${name} has not begun in time`, 'timeout');
  }
}
