import type { JobView } from '../view.ts';
import {
  activeCount,
  coalitions,
  end,
  identity,
  line,
  opening,
  resourceLimits,
  running,
  semaphores,
  spawnType,
} from './blocks.ts';
import { lastExit } from './last-exit.ts';

const kindOf = ({ domain }: JobView): string => (domain.kind === 'system' ? 'LaunchDaemon' : 'LaunchAgent');

interface Newer {
  readonly style: '13' | '15';
  readonly typeLine: readonly string[];
  readonly allocations: readonly string[];
  readonly jobState: readonly string[];
}

/** What macOS 12 and later print: the domain in the first line, short domain names, no empty blocks, properties in one line. */
function newer(view: JobView, { style, typeLine, allocations, jobState }: Newer): string {
  const { domain } = view;
  const [type, number] = spawnType(view);
  return end([
    `${domain.name}/${view.label} = {`,
    `\tactive count = ${activeCount(view)}`,
    `\tpath = ${view.path}`,
    ...typeLine,
    `\tstate = ${view.state}`,
    '',
    ...opening(view),
    `\tdomain = ${domain.kind === 'gui' ? `${domain.name} [${domain.asid}]` : domain.name}`,
    ...(domain.kind === 'gui' ? line('asid', domain.asid) : []),
    ...identity(view),
    `\tminimum runtime = ${view.minimumRuntime}`,
    `\texit timeout = ${view.exitTimeout}`,
    `\truns = ${view.runs}`,
    // launchd's own code leaves it out when it is 0 (public prints of 13 and later); facts/launchd.md has one with 0 all the same.
    ...(view.crashes > 0 ? line('successive crashes', view.crashes) : []),
    ...running(view, allocations),
    ...lastExit(view, style),
    '',
    ...semaphores(view),
    ...coalitions(view),
    `\tspawn type = ${type} (${number})`,
    `\tjetsam priority = ${style === '13' ? 4 : 40}`,
    '\tjetsam memory limit (active) = (unlimited)',
    '\tjetsam memory limit (inactive) = (unlimited)',
    '\tjetsamproperties category = daemon',
    ...(style === '13' ? ['\tsubmitted job. ignore execute allowed'] : []),
    '\tjetsam thread limit = 32',
    '\tcpumon = default',
    ...resourceLimits(view),
    ...jobState,
    '',
    `\tproperties = ${view.properties.join(' | ')}`,
    '}',
  ]);
}

/**
 * macOS 13: public prints of 2022 and 2023 (n2x, mmesh documentation). No `type` and no `job state` line; whether 13 has coalition blocks
 * is not certain, they are there as decoys.
 */
export const thirteen = (view: JobView): string =>
  newer(view, { style: '13', typeLine: [], allocations: [], jobState: [] });

/**
 * macOS 15 and later: facts/launchd.md and prints of CI machines of 2025 and 2026. `job state` is in the newest ones (26) and in those of
 * failed spawns; a print of a job that runs on 15 may lack it.
 */
export const fifteen = (view: JobView): string =>
  newer(view, {
    style: '15',
    typeLine: line('type', kindOf(view)),
    allocations: [
      '\tchecked allocations = 0 (queried = 1)',
      '\tchecked allocations reason = no host',
      '\tchecked allocations flags = 0x0',
    ],
    jobState: line('job state', view.jobState),
  });
