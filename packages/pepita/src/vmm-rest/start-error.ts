import { PlatformError } from '@duende/core/contract';
import { failure, messageOf } from '../fail.ts';
import { RestRefusal } from './rest-client.ts';

export interface StartFailure {
  readonly title: string;
  readonly error: unknown;
  /** Whether the VMM listened. */
  readonly isUp: boolean;
  /** The last that the VMM has said. */
  readonly said: string | undefined;
  readonly isRestore: boolean;
}

const hint =
  'That /dev/kvm is there does not prove that it works: run the VM with QEMU, which tries it, or look what the kernel says (dmesg)';

/** Pure: what a start that failed is to the user: one line, with what the VMM itself says. */
export function startError({ title, error, isUp, said, isRestore }: StartFailure): PlatformError {
  if (!isUp && PlatformError.isInstance(error) && error.reason === 'timeout') return error;
  const isRefusal = error instanceof RestRefusal;
  const why = isRefusal || said === undefined ? messageOf(error) : said;
  const what = isUp && isRestore ? 'does not take the snapshot' : 'does not start';
  const isKvm = /\bkvm\b/i.test(why) && !isRestore;
  const reason = isKvm ? 'unavailable' : isUp && isRestore ? 'engine-error' : 'exec-failed';
  return failure(`${title} ${what}: ${why}`, reason, { cause: error, ...(isKvm ? { hint } : {}) });
}
