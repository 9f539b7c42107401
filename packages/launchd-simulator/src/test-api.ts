import { boot, shutDown } from './boot.ts';
import { type Reply, reply } from './commands/reply.ts';
import type { Job } from './job.ts';
import type { Launchd } from './launchd.ts';

function find(launchd: Launchd, label: string | undefined): Job | undefined {
  for (const { jobs } of launchd.domains.values()) {
    const job = jobs.get(label ?? '');
    if (job) return job;
  }
  return undefined;
}

/** The kernel ends a process for its memory: SIGKILL, and a reason that launchd is told. */
function jetsam(launchd: Launchd, label: string | undefined): Reply {
  const job = find(launchd, label);
  if (!job || job.pid === 0) return reply(1, '', `${label} does not run\n`);
  job.jetsamed = true;
  job.kill('SIGKILL');
  return reply(0);
}

/** Everything ends, nothing is remembered but the overrides and the files; then boot and login. */
function reboot(launchd: Launchd): Reply {
  shutDown(launchd);
  boot(launchd);
  return reply(0);
}

/** What only tests can do: no launchctl has it. `stop` is the caller's. */
export function testApi(launchd: Launchd, [what, label]: readonly string[], stop: () => void): Reply {
  if (what === 'jetsam') return jetsam(launchd, label);
  if (what === 'reboot') return reboot(launchd);
  if (what === 'violations') return reply(0, `${JSON.stringify(launchd.violations.list())}\n`);
  if (what === 'stop') {
    shutDown(launchd);
    stop();
    return reply(0);
  }
  return reply(64, '', 'launchd-sim: jetsam LABEL | reboot | violations | stop\n');
}
