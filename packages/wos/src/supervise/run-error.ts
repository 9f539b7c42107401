import type { PlatformError } from '@duende/core/contract';
import { readLogFolder } from '@duende/program';
import type { ProcessExit } from '../kernel/index.ts';
import { wosError } from '../protocol/errors.ts';

async function lastLine(log: string): Promise<string | undefined> {
  try {
    let text: string | undefined;
    for await (const line of readLogFolder(log, () => true, { tail: 1 })) text = line.text;
    return text?.slice(0, 400);
  } catch {
    return undefined;
  }
}

/** Why a spawn failed whose process was there, and ended before it was ready. */
export async function notReadyError(
  name: string,
  { exit, log, timeout }: { exit: ProcessExit; log: string; timeout: number | undefined },
): Promise<PlatformError> {
  const line = await lastLine(log);
  const said = line === undefined ? '' : `; its last line was: ${line}`;
  if (timeout !== undefined) {
    return wosError('SpawnFailed', 'timeout', `${name} was not ready within ${timeout} ms${said}`, {
      hint: 'Raise startTimeout, or call ctx.ready() (READY=1) sooner',
      operation: 'spawn',
    });
  }
  const how = 'code' in exit ? `exited with code ${exit.code}` : `was ended by ${exit.signal}`;
  return wosError('SpawnFailed', 'exec-failed', `${name} ${how} before it was ready${said}`, {
    hint: 'Run it with wos-ctl spawn to see why',
    operation: 'spawn',
  });
}
