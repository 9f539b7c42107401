import { existsSync } from 'node:fs';
import { type Support, supported, unsupported } from '@duende/core/contract';
import { isProtected } from './sip.ts';

export const dtruss = '/usr/bin/dtruss';

/** What macOS allows: dtruss(1m), which takes root, and System Integrity Protection to let DTrace look at processes. */
export function traceSupport(): Support {
  if (process.platform !== 'darwin') return unsupported('dtruss is for macOS only');
  if (!existsSync(dtruss)) return unsupported(`there is no ${dtruss}`);
  if (process.geteuid?.() !== 0)
    return unsupported('dtruss takes root', 'Run duende as root (sudo duende trace)');
  if (isProtected() !== false) {
    return unsupported(
      'System Integrity Protection keeps DTrace from looking at processes',
      'In the recovery system: csrutil enable --without dtrace; or look at file activity only: sudo fs_usage -w -f filesys PID',
    );
  }
  return supported('dtruss');
}
