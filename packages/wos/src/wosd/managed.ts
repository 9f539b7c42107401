import type { Kernel } from '../kernel/index.ts';
import type { ExitDocument, ProcessDocument } from '../protocol/documents.ts';
import { describeRecord, type ProcessRecord } from './record.ts';

/** A process that wosd keeps: one that runs, or one of which only the record is left. */
export interface Managed {
  record: ProcessRecord;
  readonly log: string;
  /** Resolves when it has ended and its record says so. */
  readonly ended: Promise<ExitDocument>;
}

const activities = ['ready', 'running', 'sleeping'] as const;

export const isLive = ({ record }: Managed): boolean => record.exit === undefined && !record.lost;

export function describeManaged(kernel: Kernel, managed: Managed): ProcessDocument {
  const { record, log } = managed;
  if (!isLive(managed)) return describeRecord(record, log);
  const info = kernel.status(record.pid);
  const activity = activities.find((state) => state === info.state);
  return {
    pid: record.pid,
    name: record.name,
    state: info.state === 'stopped' ? 'paused' : 'running',
    ...(activity === undefined ? {} : { activity }),
    parent: info.parent,
    priority: info.priority,
    priorityName: info.priorityName,
    cpuTime: info.cpuTime,
    memory: info.memory,
    restarts: record.restarts,
    startedAt: record.startedAt,
    ...(record.module === undefined ? {} : { module: record.module }),
    args: record.args,
    log,
    ...(info.logBlocked === undefined ? {} : { logBlocked: info.logBlocked }),
  };
}
