import type { Task } from './api.ts';
import { exitOf } from './exit.ts';
import type { Slot } from './slots.ts';
import { nodeOf, type Snapshot } from './snapshot.ts';

/** Replicas that are told of one by one. */
const longest = 20;

/** Pure: `running`, `failed exit 3 (task: non-zero exit (3))`, `pending (no suitable node)`. */
export function describeTask({ Status, DesiredState }: Task): string {
  const { State, Err, ContainerStatus } = Status;
  const code = State === 'running' || !ContainerStatus?.ContainerID ? 0 : (ContainerStatus.ExitCode ?? 0);
  const exit = code > 0 ? exitOf(code) : undefined;
  const how = exit === undefined ? '' : 'code' in exit ? ` exit ${exit.code}` : ` ${exit.signal}`;
  const state = State === 'running' && DesiredState === 'shutdown' ? 'stopping' : State;
  return `${state}${how}${Err ? ` (${Err})` : ''}`;
}

/** Pure: each replica in one line, `web.1 on node-a: running; web.2 on node-b: failed exit 3 (...)`. */
export function describeService(snapshot: Snapshot, slots: readonly Slot[]): string {
  const { name, service } = snapshot;
  const texts = slots.slice(0, longest).map(({ number, current }) => {
    const node = nodeOf(snapshot, current);
    return `${name}.${number}${node ? ` on ${node}` : ''}: ${describeTask(current)}`;
  });
  if (slots.length > longest) texts.push(`and ${slots.length - longest} more`);
  if (service.Spec.Mode.Replicated?.Replicas === 0) texts.push('scaled to 0');
  const { State = '', Message = '' } = service.UpdateStatus ?? {};
  if (/^(paused|rollback)/.test(State)) texts.push(`update ${State}: ${Message}`);
  return texts.join('; ') || 'no tasks yet';
}
