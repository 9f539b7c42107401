import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { supervisorFailure } from './spawn-error.ts';
import type { Supervisor } from './supervisor-command.ts';

/** A supervisor that waits for its configuration. When its socket is closed before, it goes without having made anything. */
export interface SupervisorProcess {
  readonly child: ChildProcess;
  readonly socket: Duplex;
  /** The one line that it answers with; rejects when it ends without one. */
  readonly answer: Promise<string>;
}

function start({ kind, command, run }: Supervisor, spare: boolean): SupervisorProcess {
  // One that is not used at once forks nothing before it is: the daemon would look as old as the spare.
  const later = spare && kind === 'prebuilt' ? ['later'] : [];
  const [program, ...args] = [...command, ...run, ...later] as [string, ...string[]];
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
  return { child, socket, answer };
}

interface Spare extends SupervisorProcess {
  readonly supervisor: Supervisor;
  /** Who this process was when it was started, and so who it is. */
  readonly user: string;
  readonly timer: NodeJS.Timeout | undefined;
}

let spare: Spare | undefined;

/** How long a spare Perl process, of some megabytes, is kept, in milliseconds. A prebuilt one takes 30 KB and stays. */
const perlLifetime = 2000;

const currentUser = (): string => `${process.geteuid?.()}:${process.getegid?.()}:${process.getgroups?.()}`;

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
  const fits =
    ready !== undefined &&
    isSame(ready.supervisor, supervisor) &&
    ready.user === currentUser() &&
    !ready.socket.destroyed;
  if (!fits) {
    void dropSpare();
    return start(supervisor, false);
  }
  spare = undefined;
  clearTimeout(ready.timer);
  setReferenced(ready.socket, true);
  return ready;
}

/** Ends the spare supervisor, if there is one: it goes when its socket is closed. Resolves when it has gone. */
export async function dropSpare(): Promise<void> {
  const dropped = spare;
  if (dropped === undefined) return;
  spare = undefined;
  clearTimeout(dropped.timer);
  dropped.socket.destroy();
  const { child } = dropped;
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  await new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
}

/**
 * Forking a whole Node process is most of the time of a spawn. Who has spawned once often spawns again: the next supervisor is
 * started when there is nothing else to do. It holds up neither the event loop nor the end of this process, and ends with it.
 */
export function prepareSupervisor(supervisor: Supervisor): void {
  if (spare !== undefined) return;
  setImmediate(() => {
    if (spare !== undefined) return;
    const next = start(supervisor, true);
    setReferenced(next.socket, false);
    const timer =
      supervisor.kind === 'perl' ? setTimeout(() => void dropSpare(), perlLifetime).unref() : undefined;
    spare = { ...next, supervisor, user: currentUser(), timer };
  }).unref();
}
