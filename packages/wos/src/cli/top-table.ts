import { formatDuration, formatSize } from '@duende/core/contract';
import type { KernelDocument, ProcessDocument } from '../protocol/documents.ts';
import { describeState } from './describe.ts';
import { formatTable, plain } from './table.ts';

export interface Look {
  /** Milliseconds of any clock. */
  readonly time: number;
  readonly processes: readonly ProcessDocument[];
}

/** Pure: what top shows; the busiest first. */
export function formatTop(before: Look, now: Look, kernel: KernelDocument) {
  const earlier = new Map(before.processes.map(({ pid, cpuTime }) => [pid, cpuTime]));
  const passed = Math.max(1, now.time - before.time);
  const rows = now.processes
    .map((each) => ({ ...each, cpu: (each.cpuTime - (earlier.get(each.pid) ?? 0)) / passed }))
    .sort((one, other) => other.cpu - one.cpu);
  const counted = (count: number, what: string, many: string) => `${count} ${count === 1 ? what : many}`;
  const head = `${counted(kernel.processes, 'process', 'processes')} on ${counted(kernel.threads, 'thread', 'threads')}, kernel ${formatSize(kernel.memory)}`;
  const table = formatTable(
    ['PID', 'NAME', 'STATE', 'PRIORITY', 'CPU%', 'CPU', 'MEMORY'],
    rows.map((each) => [
      String(each.pid),
      plain(each.name),
      describeState(each),
      each.priorityName,
      (each.cpu * 100).toFixed(1),
      formatDuration(each.cpuTime),
      formatSize(each.memory),
    ]),
  );
  return { rows, lines: [head, '', ...table.split('\n')] };
}
