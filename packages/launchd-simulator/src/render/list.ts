import type { Exit } from '../keep-alive.ts';
import type { JobView } from '../view.ts';

/** The wait(2) status, macOS's signal numbers: `LastExitStatus` of `list LABEL` (facts/launchd.md: exit 1 is 256, SIGTERM 15). */
export const waitStatus = (exit: Exit): number =>
  exit.kind === 'never' ? 0 : exit.kind === 'code' ? exit.code << 8 : exit.signal;

/** The same as the table of `list` shows it: 1, -15. */
const decoded = (exit: Exit): number =>
  exit.kind === 'never' ? 0 : exit.kind === 'code' ? exit.code : -exit.signal;

/** `list`: the columns are the PID or `-`, how the last run ended, the label. */
export const renderList = (views: readonly JobView[]): string =>
  [
    'PID\tStatus\tLabel',
    ...views.map((view) => `${view.pid || '-'}\t${decoded(view.lastExit)}\t${view.label}`),
  ]
    .map((row) => `${row}\n`)
    .join('');

/** Nothing is escaped: ProcursusTeam/launchctl xpc_object_print(). */
const quoted = (name: string, value: string | undefined): string[] =>
  value === undefined ? [] : [`\t"${name}" = "${value}";`];

/** `list LABEL`: an old-style property list; no PID when it does not run (facts/launchd.md). Order of the keys: public transcripts. */
export function renderListed(view: JobView): string {
  const session = { gui: 'Aqua', user: 'Background', system: 'System' }[view.domain.kind];
  return `${[
    '{',
    ...quoted('StandardOutPath', view.stdout),
    ...quoted('LimitLoadToSessionType', session),
    ...quoted('StandardErrorPath', view.stderr),
    ...quoted('Label', view.label),
    `\t"OnDemand" = ${view.onDemand};`,
    `\t"LastExitStatus" = ${waitStatus(view.lastExit)};`,
    ...(view.pid === 0 ? [] : [`\t"PID" = ${view.pid};`]),
    ...quoted('Program', view.program),
    '\t"ProgramArguments" = (',
    ...view.arguments.map((argument) => `\t\t"${argument}";`),
    '\t);',
    '};',
  ].join('\n')}\n`;
}
