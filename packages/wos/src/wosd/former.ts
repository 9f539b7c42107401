import { DaemonStore } from '../supervise/index.ts';
import type { WosPaths } from './paths.ts';
import { RecordStore } from './record-store.ts';
import { recover } from './recover.ts';

/** PIDs begin anew after it. */
const lastPid = 2 ** 30;

/** What former kernels left in a state folder, and where more of it goes. */
export type Former = ReturnType<typeof takeOver>;

/** Marks what was lost with the last kernel, and removes what was not finished. @throws Error of the file system */
export function takeOver(paths: WosPaths) {
  const processStore = new RecordStore(paths.processes);
  const daemonStore = new DaemonStore(paths.daemons);
  const { records, lost } = recover(processStore);
  const daemons = daemonStore.read();
  const pids = [
    ...records.map(({ pid }) => pid),
    ...daemons.stored.map(({ record }) => Math.max(record.firstPid, record.pid ?? 0)),
  ];
  const highest = pids.reduce((high, pid) => Math.max(high, pid), 1);
  // No number of a process that is remembered is used again.
  const firstPid = highest < lastPid ? highest + 1 : 2;
  return { processStore, daemonStore, records, lost, daemons, firstPid };
}
