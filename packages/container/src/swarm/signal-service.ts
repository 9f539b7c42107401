import { type DaemonHandle, PlatformError, type Signal } from '@duende/core/contract';
import { failure } from '../daemon.ts';
import { EngineError } from '../engine/engine-error.ts';
import { type SwarmContext, swarmError } from './context.ts';
import { isRunningTask } from './slots.ts';
import { containerOf, nodeOf, requireService } from './snapshot.ts';

const operation = { code: 'SignalFailed', name: 'signal' } as const;

async function send(
  { engine }: SwarmContext,
  container: string,
  isPaused: boolean,
  signal: Signal,
): Promise<void> {
  if (signal === 'STOP') return await engine.pause(container);
  if (isPaused && (signal === 'CONT' || signal === 'KILL')) await engine.unpause(container);
  if (isPaused && signal === 'CONT') return;
  await engine.kill(container, `SIG${signal}`);
}

/**
 * To PID 1 of each task: swarm itself sends no signals, an engine only to its own containers.
 * @throws PlatformError NotSupported naming the nodes that cannot be reached, before anything was sent
 */
export async function signalService(
  context: SwarmContext,
  handle: DaemonHandle,
  signal: Signal,
): Promise<void> {
  const what = `Cannot send ${signal} to ${handle.name}`;
  const found = await requireService(context, handle, operation);
  const running = found.tasks.filter(isRunningTask);
  if (running.length === 0) {
    const hint = `duende status ${handle.name} shows how it ended`;
    throw failure(operation, `${what}: it is not running`, 'not-running', hint);
  }
  const away = running.filter((task) => !found.containers.has(containerOf(task)));
  if (away.length > 0) {
    const nodes = [...new Set(away.map((task) => nodeOf(found, task)))].sort().join(', ');
    throw failure(
      { code: 'NotSupported', name: 'signal' },
      `${what}: it has tasks on ${nodes}, and swarm sends no signals to other nodes`,
      'unavailable',
      'Send it on each of these nodes (docker kill), or use stop or restart, which reach all',
    );
  }
  const sent = await Promise.allSettled(
    running.map((task) => {
      const id = containerOf(task);
      return send(context, id, found.containers.get(id)?.state === 'paused', signal);
    }),
  );
  const errors = sent.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  // A task that ended in between was not to be reached; all of them would be none.
  const ended = errors.filter(
    (error) => error instanceof EngineError && ['not-running', 'not-found'].includes(error.kind),
  );
  const other = errors.find((error) => !ended.includes(error));
  if (other !== undefined)
    throw swarmError(context, other, operation, `cannot send ${signal} to ${handle.name}`);
  if (ended.length === running.length) {
    throw new PlatformError('SignalFailed', `${what}: it is not running`, {
      reason: 'not-running',
      platform: 'container',
      operation: 'signal',
    });
  }
}
