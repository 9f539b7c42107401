import type { DaemonDocument } from '../protocol/daemon-documents.ts';
import type { RequestName } from '../protocol/requests.ts';
import { type Daemon, isNotRunning, readDaemonStats, traceDaemon } from '../supervise/index.ts';
import { TraceSink, untilAborted } from './caller.ts';
import type { Handlers } from './handlers.ts';

const describe = ({ record, journal }: Daemon): DaemonDocument => ({
  name: record.name,
  instance: record.instance,
  pid: record.firstPid,
  log: journal.log,
});

function specOf(daemon: Daemon): { spec?: Record<string, unknown> } {
  try {
    return { spec: daemon.journal.readSettings().spec };
  } catch {
    // It can be looked at and removed all the same.
    return {};
  }
}

/** What each request about daemons does. */
export const daemonHandlers: Pick<Handlers, Extract<RequestName, `daemon.${string}`>> = {
  'daemon.spawn': async ({ daemons }, { name, instance, ...settings }, { signal }) =>
    describe(await daemons.spawn({ name, instance }, settings, signal)),
  'daemon.status': ({ daemons }, key) => daemons.get(key, 'StatusFailed', 'status').status,
  'daemon.list': ({ daemons }) => ({ daemons: daemons.all.map(describe), problems: [...daemons.problems] }),
  'daemon.find': ({ daemons }, { name, instance }) => {
    const daemon = daemons.find(name);
    const isOther = instance !== undefined && daemon?.record.instance !== instance;
    if (daemon === undefined || isOther) return {};
    return { daemon: { ...describe(daemon), ...specOf(daemon) } };
  },
  'daemon.signal': async ({ daemons }, { signal, ...key }) => {
    if (!(await daemons.get(key, 'SignalFailed', 'signal').signal(signal)))
      throw isNotRunning('SignalFailed', key.name, 'signal');
    return {};
  },
  'daemon.stop': ({ daemons }, { timeout, ...key }) => daemons.get(key, 'StatusFailed', 'stop').stop(timeout),
  'daemon.restart': async ({ daemons }, { next, run, timeout, ...key }, { signal }) =>
    describe(await daemons.restart(key, { instance: next, run, timeout }, signal)),
  'daemon.wait': async ({ daemons }, key, caller) => {
    const daemon = daemons.get(key, 'StatusFailed', 'wait');
    await Promise.race([daemon.ended, untilAborted(caller)]);
    return daemon.status;
  },
  'daemon.stats': ({ kernel, daemons }, key) => {
    const stats = readDaemonStats(kernel, daemons.get(key, 'StatusFailed', 'stats'));
    if (stats === undefined) throw isNotRunning('StatusFailed', key.name, 'stats');
    return stats;
  },
  'daemon.trace': async ({ kernel, daemons }, key, caller) => {
    const daemon = daemons.get(key, 'TracerFailed', 'attachTracer');
    if (daemon.hasEnded) throw isNotRunning('TracerFailed', key.name, 'attachTracer');
    const sink = new TraceSink(caller);
    await traceDaemon(
      kernel,
      daemon,
      sink.take,
      untilAborted(caller).catch(() => undefined),
    );
    sink.end();
    return {};
  },
  'daemon.remove': async ({ daemons }, { force, ...key }) => ({ removed: await daemons.remove(key, force) }),
};
