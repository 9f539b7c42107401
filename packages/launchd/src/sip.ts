import { execFileSync } from 'node:child_process';

/** Whether System Integrity Protection is on: csrutil(8). `undefined` when that cannot be told. */
export function isProtected(): boolean | undefined {
  if (process.platform !== 'darwin') return undefined;
  try {
    const options = { encoding: 'utf8' as const, stdio: 'pipe' as const };
    const text = execFileSync('/usr/bin/csrutil', ['status'], options);
    return /status:\s*enabled/i.test(text) ? true : /status:\s*disabled/i.test(text) ? false : undefined;
  } catch {
    return undefined;
  }
}
