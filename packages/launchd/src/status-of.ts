import { classifyExit, type DaemonStatus } from '@duende/core/contract';
import { bootId, type StatePage, statusOf } from '@duende/program';
import type { JobState } from './job-state.ts';

/** Pure but for the page's own processes: the status of a daemon whose job has no process that could tell. */
export function statusWithoutProcess(page: StatePage, job: JobState | undefined): DaemonStatus {
  const sameBoot = page.bootId === bootId();
  if (job === undefined)
    return page.state === 'starting' && sameBoot ? takenOut(page) : statusOf(page, false);
  // Between two runs: launchd waits for its throttle, or has just started the next one.
  if (page.state === 'starting' || (!sameBoot && job.kind !== 'idle')) return statusOf(page, true);
  const status = statusOf(page, false);
  if (status.state !== 'failed' || status.reason !== 'lost') return status;
  if (job.kind === 'scheduled' || job.kind === 'starting')
    return statusOf({ ...page, state: 'starting' }, true);
  if (job.jetsam)
    return { ...status, reason: 'oom', message: 'macOS was short of memory and killed it (jetsam)' };
  const how = job.exit && 'signal' in job.exit ? ` (${job.exit.signal})` : '';
  return { ...status, message: `How it ended is not known: the process of its job was killed${how}` };
}

/** Somebody used `launchctl bootout` while it waited for its next run: how the last one ended is how it ended. */
function takenOut(page: StatePage): DaemonStatus {
  const ended = statusOf({ ...page, state: 'stopped' }, true);
  if (ended.state !== 'stopped') return ended;
  const { state: _, ...common } = ended;
  const verdict = ended.exit === undefined ? ({ state: 'stopped' } as const) : classifyExit(ended.exit);
  return { ...common, ...verdict, message: 'Its job was taken out of launchd' } as DaemonStatus;
}
