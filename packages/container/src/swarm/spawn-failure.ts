import { type DaemonSpec, PlatformError } from '@duende/core/contract';
import { engineRefusal } from '../spawn-error.ts';
import type { Task } from './api.ts';
import { nodeOf, type Snapshot } from './snapshot.ts';

const at = { platform: 'container', operation: 'spawn' } as const;

/** What swarm says of a task that could not be started, as what is at fault. */
export function taskFailure(snapshot: Snapshot, task: Task, spec: DaemonSpec | undefined): PlatformError {
  const { Err = '', State, Message = '' } = task.Status;
  const said = Err || Message || State;
  const known = spec && engineRefusal(said, spec);
  if (known !== undefined) return known;
  const message = `${snapshot.name}.${task.Slot ?? 0} on ${nodeOf(snapshot, task)} was ${State} while ${Message}: ${said}`;
  const failed = (hint: string, field?: string): PlatformError =>
    new PlatformError('SpawnFailed', message, { ...at, reason: 'exec-failed', hint, field });
  if (/no such image|pull access denied|manifest unknown|repository .* not found/i.test(said)) {
    return failed(
      'Push the image to a registry that every node reaches (platform.container.image), or constrain the service to a node that has it',
      'platform.container.image',
    );
  }
  if (/docker-init|exec: "tini"/i.test(said)) return failed('Install docker-init on that node');
  if (/no such file or directory|not found|permission denied|exec format/i.test(said))
    return failed('The image must have the program, built for the processor of the node');
  return failed('docker service ps shows the tasks of a service');
}

/** Not all of it was running in time: with what swarm says of the first task that was not. */
export function timeoutFailure(
  { name }: Pick<Snapshot, 'name'>,
  waiting: Task | undefined,
  milliseconds: number,
): PlatformError {
  const { State = 'not made', Err = '' } = waiting?.Status ?? {};
  const which = waiting?.Slot === undefined ? name : `${name}.${waiting.Slot}`;
  const message = `${name} was not running within ${milliseconds} ms: ${which} is ${State}${Err ? `: ${Err}` : ''}`;
  const isPlacement = /no suitable node/i.test(Err);
  return new PlatformError('SpawnFailed', message, {
    ...at,
    reason: 'timeout',
    ...(isPlacement ? { field: 'platform.container.swarm.constraints' } : {}),
    hint: isPlacement
      ? 'docker node ls and docker node inspect show what nodes there are, and what constraints can ask for'
      : 'Raise startTimeout, or see what keeps it (docker service ps)',
  });
}
