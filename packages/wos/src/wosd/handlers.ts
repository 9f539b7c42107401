import { Buffer } from 'node:buffer';
import type { Kernel } from '../kernel/index.ts';
import type { ExitDocument, KernelDocument, TraceDocument } from '../protocol/documents.ts';
import type { CheckedParams, RequestName, RequestResult } from '../protocol/requests.ts';
import type { Processes } from './processes.ts';

/** What handlers act on. */
export interface Services {
  readonly kernel: Kernel;
  readonly processes: Processes;
  info(): KernelDocument;
  shutdown(timeout: number): Promise<void>;
}

/** Whom a handler serves. */
export interface Caller {
  /** The client is gone, or does not want it any more. */
  readonly signal: AbortSignal;
  event(value: unknown): void;
  /** Bytes that the client has not read. */
  readonly waiting: number;
}

type Handlers = {
  readonly [Name in RequestName]: (
    services: Services,
    params: CheckedParams<Name>,
    caller: Caller,
  ) => RequestResult<Name> | Promise<RequestResult<Name>>;
};

/** Bytes that may wait for a client that traces. */
const traceWindow = 4 * 1024 * 1024;

/** Rejects when the caller gives up. */
function untilAborted({ signal }: Caller): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function findRunning({ processes }: Services, pid: number, operation: string): void {
  // What init is, the kernel says.
  if (pid !== 1) processes.running(pid, operation);
}

async function terminate(services: Services, pid: number, timeout: number): Promise<ExitDocument> {
  const { kernel, processes } = services;
  findRunning(services, pid, 'terminate');
  kernel.signal(pid, 'TERM');
  // A paused one does not notice anything but KILL.
  kernel.signal(pid, 'CONT');
  const timer = setTimeout(() => {
    if (kernel.status(pid).exit === undefined) kernel.signal(pid, 'KILL');
  }, timeout);
  try {
    return await processes.find({ pid }).ended;
  } finally {
    clearTimeout(timer);
  }
}

async function trace(services: Services, pid: number, caller: Caller): Promise<void> {
  findRunning(services, pid, 'trace');
  let dropped = 0;
  const detach = services.kernel.trace(pid, (events) => {
    if (caller.waiting > traceWindow) {
      dropped += events.length;
      return;
    }
    caller.event({ events: [...events], dropped } satisfies TraceDocument);
    dropped = 0;
  });
  try {
    await Promise.race([services.processes.find({ pid }).ended, untilAborted(caller).catch(() => undefined)]);
    if (dropped > 0) caller.event({ events: [], dropped } satisfies TraceDocument);
  } finally {
    detach();
  }
}

/** What each request does. They throw PlatformErrors, which the client gets. */
export const handlers: Handlers = {
  info: ({ info }) => info(),
  spawn: ({ processes }, params) => processes.spawn(params),
  signal: (services, { pid, signal }) => {
    findRunning(services, pid, 'signal');
    services.kernel.signal(pid, signal);
    return {};
  },
  renice: (services, { pid, priority }) => {
    findRunning(services, pid, 'renice');
    services.kernel.renice(pid, priority);
    return {};
  },
  status: ({ processes }, wanted) => processes.describe(wanted),
  list: ({ processes }, { all }) => processes.list(all),
  stats: ({ kernel, processes }, { pid }) => {
    processes.running(pid, 'stats');
    return kernel.stats(pid);
  },
  wait: ({ processes }, { pid }, caller) =>
    Promise.race([processes.find({ pid }).ended, untilAborted(caller)]),
  send: (services, { pid, base64 }) => {
    findRunning(services, pid, 'send');
    return services.kernel.send(pid, Buffer.from(base64, 'base64'));
  },
  trace: async (services, { pid }, caller) => {
    await trace(services, pid, caller);
    return {};
  },
  terminate: (services, { pid, timeout }) => terminate(services, pid, timeout),
  remove: ({ processes }, { pid }) => {
    processes.remove(pid);
    return {};
  },
  shutdown: async ({ shutdown }, { timeout }) => {
    await shutdown(timeout);
    return {};
  },
};
