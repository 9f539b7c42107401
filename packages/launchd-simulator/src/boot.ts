import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LaunchError } from './errors.ts';
import { killProcess } from './kill.ts';
import type { Launchd } from './launchd.ts';
import { folders } from './layout.ts';
import { loadPlist } from './plist-file.ts';
import { strays } from './strays.ts';

/** The end of everything that runs. What was bootstrapped is forgotten; overrides and files stay. */
export function shutDown(launchd: Launchd): void {
  for (const { jobs } of launchd.domains.values()) {
    for (const job of jobs.values()) job.abandon();
    jobs.clear();
  }
  for (const pid of strays(launchd.settings.root, launchd.sessions)) killProcess(pid, 'SIGKILL');
  launchd.sessions.clear();
}

/** What boot and login bootstrap: launchd(8), FILES. What is disabled or damaged is passed over. */
export function boot(launchd: Launchd): void {
  const { root, uid } = launchd.settings;
  const at = folders(root);
  const places: [domain: string, folder: string][] = [
    ['system', at.daemons],
    [`gui/${uid}`, at.agents],
    [`gui/${uid}`, at.userAgents],
    [`user/${uid}`, at.agents],
    [`user/${uid}`, at.userAgents],
  ];
  for (const [name, folder] of places) {
    const domain = launchd.domains.get(name);
    if (!domain) continue;
    for (const file of readdirSync(folder).sort()) {
      if (!file.endsWith('.plist')) continue;
      try {
        loadPlist(launchd, domain, join(folder, file));
      } catch (error) {
        if (!(error instanceof LaunchError)) throw error;
      }
    }
  }
}
