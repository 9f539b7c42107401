import { errorText } from '../errors.ts';
import type { Style } from '../settings.ts';
import { signalText } from '../signals.ts';
import type { JobView } from '../view.ts';
import { line } from './blocks.ts';

/** sysexits(3): launchd names the codes from 64 to 78 (its own strings; facts/launchd.md has 78). */
const sysexits = [
  'EX_USAGE',
  'EX_DATAERR',
  'EX_NOINPUT',
  'EX_NOUSER',
  'EX_NOHOST',
  'EX_UNAVAILABLE',
  'EX_SOFTWARE',
  'EX_OSERR',
  'EX_OSFILE',
  'EX_CANTCREAT',
  'EX_IOERR',
  'EX_TEMPFAIL',
  'EX_PROTOCOL',
  'EX_NOPERM',
  'EX_CONFIG',
];

function exitCode(code: number): string {
  const name = sysexits[code - 64];
  return name === undefined ? `${code}` : `${code}: ${name}`;
}

/** Guessed for macOS 11: older launchd took an exit code for an errno, and public notes have `78: Function not implemented`. */
function olderExitCode(code: number): string {
  if (code === 0) return '0';
  if (code === 78) return '78: Function not implemented';
  const text = errorText(code);
  return code < 107 && !text.startsWith('Unknown') ? `${code}: ${text}` : `${code}`;
}

const jetsam = 'JETSAM_REASON_MEMORY_PERPROCESSLIMIT';

/**
 * The one line of how the last run ended, or two. A signal takes the place of the code (facts/launchd.md). A kill for memory is a reason in
 * place of both; public prints have either `OS_REASON_JETSAM` or the JETSAM_REASON with its details, some with the signal too.
 */
export function lastExit({ lastExit: exit }: JobView, style: Style): string[] {
  if (exit.kind === 'never') return line('last exit code', '(never exited)');
  if (exit.kind === 'code')
    return line('last exit code', style === '11' ? olderExitCode(exit.code) : exitCode(exit.code));
  if (!exit.jetsam) return line('last terminating signal', signalText(exit.signal));
  if (style === '11') return line('last exit reason', 'OS_REASON_JETSAM');
  const details = [...line('last exit reason', jetsam), ...line('last jetsam exit details', jetsam)];
  return style === '13' ? [...details, ...line('last terminating signal', signalText(9))] : details;
}
