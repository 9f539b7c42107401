/**
 * What launchctl prints for a code. 1 to 37 are errno of macOS (37 is EALREADY there, 36 EINPROGRESS); 107 and up are libxpc's own
 * (xpc_strerror, as `launchctl error <code>` prints it; the same table is in Darling's libxpc).
 */
const texts: Readonly<Record<number, string>> = {
  1: 'Operation not permitted',
  2: 'No such file or directory',
  3: 'No such process',
  5: 'Input/output error',
  17: 'File exists',
  22: 'Invalid argument',
  36: 'Operation now in progress',
  37: 'Operation already in progress',
  45: 'Operation not supported',
  107: 'Malformed bundle',
  108: 'Invalid path',
  109: 'Invalid property list',
  110: 'Invalid or missing service identifier',
  111: 'Invalid or missing Program/ProgramArguments',
  112: 'Could not find specified domain',
  113: 'Could not find specified service',
  114: 'The specified username does not exist',
  115: 'The specified group does not exist',
  119: 'Service is disabled',
  122: 'Path had bad ownership/permissions',
  124: 'Domain is tearing down',
  125: 'Domain does not support specified action',
  133: 'Multiple errors were returned; see stderr',
  134: 'Service cannot load in requested session',
  150: 'Operation not permitted while System Integrity Protection is engaged',
};

export const errorText = (code: number): string => texts[code] ?? `Unknown error: ${code}`;

/** A refusal of launchd's by its code; `detail` is for people who debug a test, launchctl never shows it. */
export class LaunchError extends Error {
  readonly code: number;
  constructor(code: number, detail = errorText(code)) {
    super(detail);
    this.code = code;
  }
}
