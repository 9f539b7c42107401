import { randomUUID } from 'node:crypto';
import { type DaemonHandle, type DaemonSpec, parseHandle, type StopOptions } from '@duende/core/contract';
import { handleOf, notFound } from './daemon.ts';
import { asOperation } from './errors.ts';
import type { DaemonPlan } from './plan.ts';
import { requireModule } from './program-file.ts';
import type { Session } from './session.ts';

const operation = { code: 'SpawnFailed', name: 'restart' } as const;

/**
 * What is to run now, of the spec with which it was spawned: a TypeScript daemon is bundled anew. The kernel reads a program itself.
 * @throws PlatformError SpawnFailed, Config: the file cannot be run any more
 */
async function nextRun(session: Session, spec: DaemonSpec): Promise<Pick<DaemonPlan, 'run'> | undefined> {
  if ('program' in spec) {
    requireModule(spec.program, 'program');
    return undefined;
  }
  const { planDaemon } = await import('./plan.ts');
  const { run } = await planDaemon(spec, session.scripts);
  return { run };
}

/**
 * Stops it and starts it again, with its module as it is now. One that cannot be run any more is refused before anything is stopped.
 * @throws PlatformError SpawnFailed / not-found ..., Config
 */
export async function restartDaemon(
  session: Session,
  handle: DaemonHandle,
  { timeout }: StopOptions,
): Promise<DaemonHandle> {
  const { name, id } = parseHandle(handle);
  if (!session.mayHaveDaemons) throw notFound(operation, name);
  try {
    const { daemon } = await session.ask('daemon.find', { name, instance: id });
    if (daemon === undefined) throw notFound(operation, name);
    // What cannot be read is the kernel's to tell.
    const next = daemon.spec && (await nextRun(session, daemon.spec as DaemonSpec));
    const params = {
      ...{ name, instance: id, next: randomUUID(), ...next },
      ...(timeout === undefined ? {} : { timeout }),
    };
    return handleOf(await session.request('daemon.restart', params));
  } catch (error) {
    throw asOperation(operation, error, `Cannot restart ${name}`);
  }
}
