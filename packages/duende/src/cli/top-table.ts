import { formatDuration, formatSize } from '@duende/core/contract';
import { colorState } from './commands/ps.ts';
import { ageOf } from './describe.ts';
import { formatTable, type Paint } from './table.ts';
import type { Sample, SampledDaemon } from './top-sample.ts';

export interface TopOptions {
  readonly sort: string;
  readonly colors: Paint;
  /** With a title and how to leave. */
  readonly live: boolean;
}

const head = ['NAME', 'PLATFORM', 'STATE', 'PID', 'CPU', 'MEMORY', 'PIDS', 'RESTARTS', 'UPTIME'];
const numbers = ['PID', 'CPU', 'MEMORY', 'PIDS', 'RESTARTS'];

/** Lines of the live table. */
export function formatTop(sample: Sample, { sort, colors, live }: TopOptions): string[] {
  const running = sample.daemons.filter(({ status }) => status.pid !== undefined).length;
  const title = `duende top  ${sample.time.slice(11, 19)} UTC  ${running} running of ${sample.daemons.length}  q quits`;
  const rows = sample.daemons.toSorted(order(sort)).map((daemon) => row(daemon, colors));
  const table = formatTable(head, rows, { right: numbers }).split('\n');
  const problems = sample.problems.map((text) => colors.yellow(`! ${text}`));
  return live ? [colors.bold(title), '', ...table, ...problems] : [...table, ...problems];
}

function order(sort: string): (left: SampledDaemon, right: SampledDaemon) => number {
  const weight = ({ cpuPercent, stats }: SampledDaemon) =>
    sort === 'cpu' ? (cpuPercent ?? -1) : sort === 'memory' ? (stats?.memoryBytes ?? -1) : 0;
  return (left, right) => weight(right) - weight(left);
}

function row({ handle, status, stats, cpuPercent }: SampledDaemon, colors: Paint): string[] {
  const started = status.pid !== undefined && 'startedAt' in status ? status.startedAt : undefined;
  return [
    handle.name,
    handle.platform,
    colorState(status.state, colors),
    status.pid === undefined ? '-' : String(status.pid),
    cpuPercent === undefined ? '-' : `${cpuPercent.toFixed(1)}%`,
    stats?.memoryBytes === undefined ? '-' : formatSize(stats.memoryBytes),
    stats?.pids === undefined ? '-' : String(stats.pids),
    String(status.restarts),
    started === undefined ? '-' : formatDuration(ageOf(started)),
  ];
}
