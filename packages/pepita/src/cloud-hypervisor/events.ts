import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of the folder of a VM: what cloud-hypervisor writes down with `--event-monitor path=`. */
export const eventsFile = 'events';

/** `vm booted`, `vm rebooting`, `guest panic` ... */
export interface MonitorEvent {
  readonly source: string;
  readonly event: string;
}

/** Pure: JSON objects over several lines, with an empty line between them (event_monitor/src/lib.rs). The last may be half there. */
export function parseEvents(text: string): MonitorEvent[] {
  return text.split(/\n\s*\n/).flatMap((part) => {
    try {
      const { source, event } = JSON.parse(part) ?? {};
      return typeof source === 'string' && typeof event === 'string' ? [{ source, event }] : [];
    } catch {
      return [];
    }
  });
}

/** What has happened to a VM since it was started; nothing when its folder is gone. */
export async function readMonitor(folder: string): Promise<MonitorEvent[]> {
  return parseEvents(await readFile(join(folder, eventsFile), 'utf8').catch(() => ''));
}

/** Pure: whether the guest panicked, or wants to start again. cloud-hypervisor then boots the same machine in the same process. */
export const isOver = (events: readonly MonitorEvent[]): boolean =>
  events.some(
    ({ source, event }) =>
      (source === 'guest' && event === 'panic') || (source === 'vm' && event === 'rebooting'),
  );

/** Milliseconds between two looks, for file systems that tell nothing. */
const interval = 1000;

/** Resolves when a VM is over. @throws AbortError of the signal; ENOENT without a folder */
export async function untilOver(folder: string, signal: AbortSignal): Promise<void> {
  let hasChanged = false;
  let round = new AbortController();
  const watcher = watch(folder, { persistent: false });
  watcher.on('error', () => undefined);
  watcher.on('change', () => {
    hasChanged = true;
    round.abort();
  });
  try {
    for (;;) {
      signal.throwIfAborted();
      hasChanged = false;
      round = new AbortController();
      if (isOver(await readMonitor(folder))) return;
      const wake = AbortSignal.any([signal, round.signal]);
      // What changed meanwhile has woken nobody.
      if (!hasChanged) await sleep(interval, undefined, { signal: wake, ref: false }).catch(() => undefined);
    }
  } finally {
    watcher.close();
  }
}
