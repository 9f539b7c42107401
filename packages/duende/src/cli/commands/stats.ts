import { type DaemonStats, formatDuration, formatSize } from '@duende/core/contract';
import type { Command } from '../command.ts';
import { findDaemon } from '../daemon.ts';
import { namePositional, placeOptions } from '../option.ts';
import { formatFields } from '../table.ts';

export const command: Command = {
  name: 'stats',
  summary: 'Show what a daemon uses',
  positionals: [namePositional],
  options: placeOptions,
  details: ['Of the daemon and everything it started. What its platform does not measure is left out.'],
  examples: ['duende stats web', 'duende stats web --json'],
  async run(context) {
    const { adapter, handle } = await findDaemon(context);
    const stats = await adapter.stats(handle);
    if (context.json) context.out.json({ handle, stats });
    else context.out.print(formatStats(handle.name, stats));
    return undefined;
  },
};

export function formatStats(name: string, stats: DaemonStats): string {
  const size = (bytes: number | undefined) => (bytes === undefined ? undefined : formatSize(bytes));
  const count = (number: number | undefined) => (number === undefined ? undefined : String(number));
  const limit = size(stats.memoryLimitBytes);
  const memory = size(stats.memoryBytes);
  return formatFields([
    ['Name', name],
    ['Processor', processor(stats)],
    ['Memory', memory !== undefined && limit !== undefined ? `${memory} of ${limit}` : memory],
    ['Processes', count(stats.pids)],
    ['Open files', count(stats.openFiles)],
    ['Read', size(stats.ioReadBytes)],
    ['Written', size(stats.ioWriteBytes)],
    ['Running for', stats.uptimeMs === undefined ? undefined : formatDuration(stats.uptimeMs)],
  ]);
}

/** `1.5s, 3.2 % on average`. */
function processor({ cpuUsec, uptimeMs }: DaemonStats): string | undefined {
  if (cpuUsec === undefined) return undefined;
  const used = formatDuration(cpuUsec / 1000);
  return uptimeMs ? `${used}, ${(cpuUsec / 10 / uptimeMs).toFixed(1)} % on average` : used;
}
