import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { supervisorFailure } from './spawn-error.ts';
import type { Supervisor } from './supervisor-command.ts';

/** A supervisor that waits for its configuration. When its socket is closed before, it goes without having made anything. */
export interface SupervisorProcess {
  readonly socket: Duplex;
  /** The one line that it answers with; rejects when it ends without one. */
  readonly answer: Promise<string>;
}

function start({ command, run }: Supervisor): SupervisorProcess {
  const [program, ...args] = [...command, ...run] as [string, ...string[]];
  const child = spawn(program, args, {
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  child.unref();
  const socket = child.stdio[3] as Duplex;
  const answer = new Promise<string>((resolve, reject) => {
    let text = '';
    child.once('error', (cause) =>
      reject(supervisorFailure(`Cannot start ${program}: ${cause.message}`, cause)),
    );
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
    socket.on('error', (cause) =>
      reject(supervisorFailure(`The supervisor was lost: ${cause.message}`, cause)),
    );
    socket.on('close', () =>
      reject(supervisorFailure('The supervisor was killed before it had started anything')),
    );
  });
  // Nobody waits for the answer of one that is not used, or whose configuration turned out to be wrong.
  answer.catch(() => undefined);
  return { socket, answer };
}

interface Spare extends SupervisorProcess {
  readonly supervisor: Supervisor;
  readonly timer: NodeJS.Timeout;
}

let spare: Spare | undefined;

/** How long a spare one is kept, in milliseconds. */
const spareLifetime = 2000;

function setReferenced(socket: Duplex, referenced: boolean): void {
  const handle = socket as Duplex & { ref?(): void; unref?(): void };
  if (referenced) handle.ref?.();
  else handle.unref?.();
}

const isSame = (one: Supervisor, other: Supervisor): boolean =>
  `${one.command} ${one.run}` === `${other.command} ${other.run}`;

/** A supervisor to be configured: the spare one, or a new one. */
export function takeSupervisor(supervisor: Supervisor): SupervisorProcess {
  const ready = spare;
  if (ready === undefined || !isSame(ready.supervisor, supervisor) || ready.socket.destroyed)
    return start(supervisor);
  spare = undefined;
  clearTimeout(ready.timer);
  setReferenced(ready.socket, true);
  return ready;
}

/**
 * Forking a whole Node process is most of the time of a spawn. Who has spawned once often spawns again: the next supervisor is
 * started when there is nothing else to do, and dropped when it is not needed soon. It holds up neither the event loop nor the end of
 * this process, and ends with it.
 */
export function prepareSupervisor(supervisor: Supervisor): void {
  if (spare !== undefined) return;
  setImmediate(() => {
    if (spare !== undefined) return;
    const next = start(supervisor);
    setReferenced(next.socket, false);
    const timer = setTimeout(() => {
      next.socket.destroy();
      if (spare?.socket === next.socket) spare = undefined;
    }, spareLifetime).unref();
    spare = { ...next, supervisor, timer };
  }).unref();
}
