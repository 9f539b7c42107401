import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseObject } from './json-lines.ts';
import { parseEvent, type QmpEvent } from './qmp-client.ts';
import { vmFiles } from './vm-config.ts';

/**
 * Prepares the files of the monitor that nobody sits at: QEMU reads the one request that makes it send events, meets the end of the
 * file, and goes on writing. So what happens to the VM is known also when no client was there.
 */
export async function prepareEvents(folder: string): Promise<void> {
  const request = `${JSON.stringify({ execute: 'qmp_capabilities' })}\n`;
  await writeFile(join(folder, vmFiles.eventsIn), request, { mode: 0o600 });
  await writeFile(join(folder, vmFiles.eventsOut), '', { mode: 0o600 });
}

/** What has happened to a VM since it was started; nothing when its files are gone. */
export async function readEvents(folder: string): Promise<QmpEvent[]> {
  const text = await readFile(join(folder, vmFiles.eventsOut), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const message = parseObject<{ event?: string }>(line);
    return message?.event === undefined ? [] : [parseEvent(message)];
  });
}

/** Whether a VM of which this has happened is frozen. */
export function isPaused(events: readonly QmpEvent[]): boolean {
  return events.findLast(({ event }) => event === 'STOP' || event === 'RESUME')?.event === 'STOP';
}
