import type { DaemonStats, StatsField } from '@duende/core/contract';
import { EngineError } from '../engine/engine-error.ts';
import type { Connection } from './connection.ts';
import { type Any, decodeAny } from './proto-files.ts';

/** Bytes; from here on a limit means none: the kernel's is 2^63 less a page, version 2 gives 2^64 - 1. */
const noLimit = 2 ** 60;

interface MetricsV1 {
  readonly pids?: { readonly current: number } | null;
  /** Nanoseconds. */
  readonly cpu?: { readonly usage?: { readonly total: number } | null } | null;
  readonly memory?: {
    readonly totalInactiveFile: number;
    readonly usage?: { readonly usage: number; readonly limit: number } | null;
  } | null;
  readonly blkio?: {
    readonly ioServiceBytesRecursive: readonly { readonly op: string; readonly value: number }[];
  } | null;
}

interface MetricsV2 {
  readonly pids?: { readonly current: number } | null;
  readonly cpu?: { readonly usageUsec: number } | null;
  readonly memory?: {
    readonly inactiveFile: number;
    readonly usage: number;
    readonly usageLimit: number;
  } | null;
  readonly io?: { readonly usage: readonly { readonly rbytes: number; readonly wbytes: number }[] } | null;
}

type Values = Partial<Record<StatsField, number | undefined>>;

const limit = (bytes: number | undefined): number | undefined =>
  bytes === undefined || bytes === 0 || bytes >= noLimit ? undefined : bytes;

export function valuesOfV1({ pids, cpu, memory, blkio }: MetricsV1): Values {
  const total = (name: string) =>
    blkio?.ioServiceBytesRecursive
      .filter(({ op }) => op.toLowerCase() === name)
      .reduce((sum, { value }) => sum + value, 0);
  const used = memory?.usage?.usage;
  return {
    cpuUsec: cpu?.usage ? Math.round(cpu.usage.total / 1000) : undefined,
    memoryBytes: used === undefined ? undefined : Math.max(0, used - (memory?.totalInactiveFile ?? 0)),
    memoryLimitBytes: limit(memory?.usage?.limit),
    pids: pids?.current,
    ioReadBytes: total('read'),
    ioWriteBytes: total('write'),
  };
}

export function valuesOfV2({ pids, cpu, memory, io }: MetricsV2): Values {
  const total = (name: 'rbytes' | 'wbytes') => io?.usage.reduce((sum, device) => sum + device[name], 0);
  return {
    cpuUsec: cpu?.usageUsec,
    memoryBytes: memory ? Math.max(0, memory.usage - memory.inactiveFile) : undefined,
    memoryLimitBytes: limit(memory?.usageLimit),
    pids: pids?.current,
    ioReadBytes: total('rbytes'),
    ioWriteBytes: total('wbytes'),
  };
}

/** @throws EngineError `not-running` */
export async function readStats(connection: Connection, id: string): Promise<DaemonStats> {
  const filters = [`id==${JSON.stringify(id)}`];
  const { metrics } = await connection.ask<{ metrics: { data: Any | null }[] }>('Tasks.Metrics', { filters });
  const data = metrics[0]?.data;
  if (!data) throw new EngineError('not-running', `${id} does not run`);
  const values = data.type_url.includes('cgroups.v2')
    ? valuesOfV2((await decodeAny<MetricsV2>(data)) ?? {})
    : valuesOfV1((await decodeAny<MetricsV1>(data)) ?? {});
  const measured = Object.entries(values).filter(([, value]) => value !== undefined);
  return {
    time: new Date().toISOString(),
    measured: measured.map(([field]) => field as StatsField),
    ...Object.fromEntries(measured),
  };
}
