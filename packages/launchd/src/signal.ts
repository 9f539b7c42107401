import type { DaemonHandle, Signal } from '@duende/core/contract';
import { askSupervisor, isAlive, isSupervised, type StatePage } from '@duende/program';
import { type Context, failure, requirePage } from './daemon.ts';
import { serviceTarget } from './job.ts';
import { type Answer, codes, said } from './launchctl.ts';

const operation = { code: 'SignalFailed', name: 'signal' } as const;

/**
 * What `launchctl kill` brings to the daemon through the job's process. TERM means to that process that launchd wants the job to end; KILL and STOP
 * nobody can pass on, and CONT undoes STOP: these go to its control socket.
 */
const passedOn: readonly Signal[] = ['INT', 'QUIT', 'HUP', 'USR1', 'USR2'];

function notRunning(handle: DaemonHandle, signal: Signal) {
  const message = `Cannot send ${signal} to ${handle.name}: it is not running`;
  return failure(operation, message, 'not-running', `duende status ${handle.name} shows how it ended`);
}

const notPermitted = (handle: DaemonHandle, signal: Signal, why: string) =>
  failure(
    operation,
    `Cannot send ${signal} to ${handle.name}: ${why}`,
    'permission-denied',
    'Run duende as root',
  );

function judge(answer: Answer, handle: DaemonHandle, signal: Signal): void {
  const { code, stderr } = answer;
  if (code === 0) return;
  if (code === codes.notPermitted || /not privileged/i.test(stderr))
    throw notPermitted(handle, signal, 'launchd does not allow it');
  if (code === codes.noProcess || code === codes.noService) throw notRunning(handle, signal);
  throw failure(operation, `Cannot send ${signal} to ${handle.name}: ${said(answer)}`, 'engine-error');
}

/** Sends a signal by its name: numbers differ between systems. @throws PlatformError SignalFailed */
export async function signalDaemon(context: Context, handle: DaemonHandle, signal: Signal): Promise<void> {
  const page = requirePage(context, handle, operation);
  if (page.main.pid <= 0 || page.state === 'stopped' || page.state === 'failed')
    throw notRunning(handle, signal);
  if (passedOn.includes(signal) && isSupervised(page)) {
    return judge(
      await context.launchctl.run('kill', `SIG${signal}`, serviceTarget(context, handle.name)),
      handle,
      signal,
    );
  }
  const isKept = (): boolean => {
    const now = context.state.page(handle.name);
    return typeof now === 'object' && now.id === handle.id && now.main.pid > 0 && isSupervised(now);
  };
  const answer = await askSupervisor(
    context.state.folder(handle.name),
    `signal ${handle.id} ${signal}`,
    isKept,
  );
  if (answer === 'ok') return;
  if (answer === 'error permission-denied') throw notPermitted(handle, signal, 'it runs as another user');
  if (answer === 'timeout')
    throw failure(operation, `Cannot send ${signal} to ${handle.name}: its job does not answer`, 'timeout');
  if (answer === 'gone' && !isSupervised(page)) return signalOrphan(page, handle, signal);
  throw notRunning(handle, signal);
}

/** The job's process was killed: PID and start time are compared right before. */
function signalOrphan(page: StatePage, handle: DaemonHandle, signal: Signal): void {
  if (!isAlive(page.main)) throw notRunning(handle, signal);
  try {
    process.kill(page.main.pid, `SIG${signal}`);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') throw notRunning(handle, signal);
    throw notPermitted(handle, signal, 'it runs as another user');
  }
}
