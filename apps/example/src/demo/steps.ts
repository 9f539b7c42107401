import {
  type DaemonHandle,
  type DaemonStatus,
  formatDuration,
  formatSize,
  PlatformError,
  platformTitles,
} from 'duende';
import { eventually, expect } from './check.ts';
import { type CountLine, counterSpec, type Demo, followCounts, writeSettings } from './counter.ts';

/** What a step has to show: its lines. */
type Lines = Promise<string[]>;

export async function spawn(demo: Demo): Promise<{ handle: DaemonHandle; lines: string[] }> {
  await writeSettings(demo, { intervalMs: 100, step: 1 });
  const spec = counterSpec(demo);
  const begun = performance.now();
  const handle = await demo.adapter.spawn(spec);
  const state = spec.readiness === 'notify' ? 'ready' : 'running';
  const took = formatDuration(performance.now() - begun);
  return { handle, lines: [`${handle.name} on ${platformTitles[handle.platform]}, ${state} after ${took}`] };
}

const shown = (status: DaemonStatus): string =>
  [status.state, status.pid && `pid ${status.pid}`, `restarts ${status.restarts}`, status.health]
    .filter(Boolean)
    .join(', ');

const shownCount = ({ time, count }: CountLine): string => `${time.slice(11, 23)}  count ${count}`;

export async function status(demo: Demo, handle: DaemonHandle): Lines {
  const now = await demo.adapter.status(handle);
  expect(now.state === 'running' && now.restarts === 0, `a running daemon, got ${shown(now)}`);
  const listed = await demo.adapter.list();
  expect(
    listed.some(({ id }) => id === handle.id),
    'the daemon in list()',
  );
  return [shown(now)];
}

export async function logs(demo: Demo, handle: DaemonHandle): Lines {
  const lines = await followCounts(demo, handle, 3);
  const counts = lines.map(({ count }) => count);
  expect(counts.join() === '1,2,3', `counts 1, 2, 3 from the first line on, got ${counts.join(', ')}`);
  return lines.map(shownCount);
}

export async function reload(demo: Demo, handle: DaemonHandle): Lines {
  const { pid } = await demo.adapter.status(handle);
  await writeSettings(demo, { intervalMs: 100, step: 1000 });
  await demo.adapter.signal(handle, 'HUP');
  const lines = await followCounts(demo, handle, 2, (line) => line.step === 1000);
  expect((await demo.adapter.status(handle)).pid === pid, 'the same process after HUP');
  return ['settings rewritten, HUP sent: step 1 is now 1000', ...lines.map(shownCount)];
}

export async function health(demo: Demo): Lines {
  const { http } = demo.adapter.capabilities.health;
  if (!http.supported) return [`not shown: ${http.why}`];
  const response = await fetch(demo.healthUrl, { signal: AbortSignal.timeout(5000) });
  const body = (await response.json()) as {
    healthy: boolean;
    metrics: { count: number; errors: number; ratePerSecond: number; durationMs: { p95: number } };
  };
  const { count, errors, ratePerSecond, durationMs } = body.metrics;
  expect(response.status === 200 && body.healthy, `a healthy answer, got ${response.status}`);
  expect(
    count >= 5 && errors === 0,
    `metrics of 5 counts or more without an error, got ${count} and ${errors}`,
  );
  return [
    `GET ${demo.healthUrl}: ${response.status}, healthy`,
    `${count} counts, ${errors} errors, ${ratePerSecond.toFixed(1)} a second, p95 ${durationMs.p95} ms`,
  ];
}

export async function trace(demo: Demo, handle: DaemonHandle): Lines {
  const support = demo.adapter.capabilities.trace;
  if (!support.supported) return [`not traced: ${support.why}`];
  const before = await demo.adapter.status(handle);
  try {
    const tracer = await demo.adapter.attachTracer(handle, { signal: AbortSignal.timeout(400) });
    for await (const _call of tracer) demo.signal.throwIfAborted();
    await tracer.detach();
    const { calls, total } = tracer.summary();
    expect(total > 0, 'at least one traced call');
    const most = Object.entries(calls).sort(([, a], [, b]) => b.count - a.count);
    const named = most.slice(0, 4).map(([call, { count }]) => `${call} ${count}`);
    const after = await demo.adapter.status(handle);
    expect(after.state === 'running' && after.pid === before.pid, 'the daemon running on after the trace');
    return [`${total} system calls in 0.4 s: ${named.join(', ')}; it runs on`];
  } catch (error) {
    if (PlatformError.isInstance(error)) return [`not traced: ${error.toLine()}`];
    throw error;
  }
}

export async function kill(demo: Demo, handle: DaemonHandle): Lines {
  const { pid } = await demo.adapter.status(handle);
  const begun = performance.now();
  await demo.adapter.signal(handle, 'KILL');
  const now = await eventually('a restart', demo.signal, async () => {
    const next = await demo.adapter.status(handle);
    return next.state === 'running' && next.pid !== pid && next;
  });
  const took = formatDuration(performance.now() - begun);
  expect(now.restarts === 1, `one restart, got ${now.restarts}`);
  return [`pid ${pid} killed with -9; running again after ${took}: pid ${now.pid}, restarts ${now.restarts}`];
}

export async function stats(demo: Demo, handle: DaemonHandle): Lines {
  const now = await demo.adapter.stats(handle);
  expect(now.measured.length > 0, 'at least one measured field');
  const parts = [
    now.cpuUsec !== undefined && `cpu ${formatDuration(now.cpuUsec / 1000)}`,
    now.memoryBytes !== undefined && `memory ${formatSize(now.memoryBytes)}`,
    now.pids !== undefined && `processes ${now.pids}`,
    now.openFiles !== undefined && `open files ${now.openFiles}`,
    now.uptimeMs !== undefined && `up ${formatDuration(now.uptimeMs)}`,
  ];
  return [parts.filter(Boolean).join(', ')];
}

export async function stop(demo: Demo, handle: DaemonHandle): Lines {
  // After the restart it has to be ready first: until then nothing catches the stop signal.
  await followCounts(demo, handle, 1, (line) => line.step === 1000 && line.count === 1000);
  const begun = performance.now();
  const end = await demo.adapter.stop(handle);
  const took = formatDuration(performance.now() - begun);
  const exit = 'exit' in end ? end.exit : undefined;
  expect(
    end.state === 'stopped' && exit && 'code' in exit && exit.code === 0,
    `exit 0, got ${JSON.stringify(end)}`,
  );
  return [`${end.state}, exit code ${exit.code}, after ${took}`];
}

export async function remove(demo: Demo, handle: DaemonHandle): Lines {
  await demo.adapter.remove(handle);
  expect((await demo.adapter.find(demo.name)) === undefined, 'no daemon of this name any more');
  return [`${demo.name} and its log are gone`];
}
