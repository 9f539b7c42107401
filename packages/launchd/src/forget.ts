import { rmSync } from 'node:fs';
import type { Context, Operation } from './daemon.ts';
import { bootout, serviceTarget } from './job.ts';
import { installedPlist } from './plist-file.ts';
import { writeMark } from './process-mark.ts';

const operation = { code: 'StatusFailed', name: 'remove' } as const;

/** Takes an installed job out of launchd for good; launchd remembers nothing of it, an override neither. */
export async function removeInstalled(context: Context, name: string, operation: Operation): Promise<void> {
  await bootout(context, name, operation);
  rmSync(installedPlist(context, name), { force: true });
  // What was disabled by a stop: a later daemon of the name is to start.
  await context.launchctl.run('enable', serviceTarget(context, name));
}

/** Takes out the job, then the files. The mark goes with the folder. */
export async function forget(context: Context, name: string, id: string): Promise<void> {
  const { state } = context;
  writeMark(state.file(name, 'stopping'));
  if (state.isInstalled(name)) await removeInstalled(context, name, operation);
  else await bootout(context, name, operation);
  const aside = state.putAside(name, id, `gone-${id}`);
  if (aside !== undefined) state.remove(aside);
}
