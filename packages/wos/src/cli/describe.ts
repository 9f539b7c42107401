import { formatDuration, formatSize } from '@duende/core/contract';
import type { ProcessDocument } from '../protocol/documents.ts';
import { formatTable, plain } from './table.ts';

/** Pure: `running`, `ended 3`, `ended SIGTERM`. */
export function describeState({ state, activity, exit }: ProcessDocument): string {
  if (exit !== undefined) return `${state} ${'code' in exit ? exit.code : exit.signal}`;
  return state === 'running' && activity === 'sleeping' ? 'running (sleeping)' : state;
}

/** Pure: how long it has run, or did. */
export function describeAge({ startedAt, endedAt }: ProcessDocument, now: number): string {
  const end = endedAt === undefined ? now : Date.parse(endedAt);
  return formatDuration(Math.max(0, end - Date.parse(startedAt)));
}

/** Pure: what ps prints. */
export function processTable(processes: readonly ProcessDocument[], now: number): string {
  return formatTable(
    ['PID', 'NAME', 'STATE', 'PRIORITY', 'CPU', 'MEMORY', 'TIME', 'RESTARTS', 'COMMAND'],
    processes.map((each) => [
      String(each.pid),
      plain(each.name),
      describeState(each),
      each.priorityName,
      formatDuration(each.cpuTime),
      formatSize(each.memory),
      describeAge(each, now),
      String(each.restarts),
      plain([each.module ?? each.args[0] ?? '', ...each.args.slice(1)].join(' ')).slice(0, 200),
    ]),
  );
}
