import { Buffer } from 'node:buffer';
import type { ExitDocument } from '../protocol/documents.ts';
import type { CheckedParams, RequestName, RequestResult } from '../protocol/requests.ts';
import { type Caller, TraceSink, untilAborted } from './caller.ts';
import { daemonHandlers } from './daemon-handlers.ts';
import type { Services } from './services.ts';

/** A function for each request. */
export type Handlers = {
  readonly [Name in RequestName]: (
    services: Services,
    params: CheckedParams<Name>,
    caller: Caller,
  ) => RequestResult<Name> | Promise<RequestResult<Name>>;
};

function findRunning({ processes: { table } }: Services, pid: number, operation: string): void {
  // What init is, the kernel says.
  if (pid !== 1) table.findRunning(pid, operation);
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
    return await processes.table.find({ pid }).ended;
  } finally {
    clearTimeout(timer);
  }
}

async function trace(services: Services, pid: number, caller: Caller): Promise<void> {
  findRunning(services, pid, 'trace');
  const sink = new TraceSink(caller);
  const detach = services.kernel.trace(pid, sink.take);
  try {
    await Promise.race([
      services.processes.table.find({ pid }).ended,
      untilAborted(caller).catch(() => undefined),
    ]);
    sink.end();
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
  status: ({ processes }, wanted) => processes.table.describe(wanted),
  list: ({ processes }, { all }) => processes.table.list(all),
  stats: ({ kernel, processes }, { pid }) => {
    processes.table.findRunning(pid, 'stats');
    return kernel.stats(pid);
  },
  wait: ({ processes }, { pid }, caller) =>
    Promise.race([processes.table.find({ pid }).ended, untilAborted(caller)]),
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
  ...daemonHandlers,
};
