import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DaemonHandle, DaemonSpecInput, LogLine, PlatformAdapter } from 'duende';

/** What one run of the demo works with. */
export interface Demo {
  readonly adapter: PlatformAdapter;
  readonly name: string;
  /** Its own temporary folder; the state of the platform is in it too. */
  readonly folder: string;
  readonly healthUrl: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export const settingsFile = (demo: Demo): string => join(demo.folder, 'counter.json');

export async function writeSettings(
  demo: Demo,
  settings: { intervalMs: number; step: number },
): Promise<void> {
  await writeFile(settingsFile(demo), `${JSON.stringify(settings)}\n`);
}

/** The counter as a spec: what this platform cannot do is left out, and the demo says so. */
export function counterSpec(demo: Demo): DaemonSpecInput {
  const { health, readiness } = demo.adapter.capabilities;
  return {
    name: demo.name,
    module: fileURLToPath(new URL('../daemon.ts', import.meta.url)),
    config: { file: settingsFile(demo) },
    restart: { policy: 'always', delay: 0 },
    readiness: readiness.notify.supported ? 'notify' : 'none',
    stopTimeout: '5s',
    ...(health.http.supported && { health: { type: 'http', url: demo.healthUrl, interval: '500ms' } }),
  };
}

/** A line of the counter's log. */
export interface CountLine {
  readonly time: string;
  readonly msg: string;
  readonly count?: number;
  readonly step?: number;
}

export function parseLine({ time, text }: LogLine): CountLine {
  try {
    return { msg: text, ...(JSON.parse(text) as object), time };
  } catch {
    return { msg: text, time };
  }
}

/** Follows the log until so many counts passed `accept`. @throws Error when they do not come within five seconds. */
export async function followCounts(
  demo: Demo,
  handle: DaemonHandle,
  wanted: number,
  accept: (line: CountLine) => boolean = () => true,
): Promise<CountLine[]> {
  const enough = new AbortController();
  const signal = AbortSignal.any([enough.signal, demo.signal, AbortSignal.timeout(5000)]);
  const counts: CountLine[] = [];
  try {
    for await (const raw of demo.adapter.logs(handle, { follow: true, signal })) {
      const line = parseLine(raw);
      if (line.msg !== 'count' || !accept(line)) continue;
      counts.push(line);
      if (counts.length === wanted) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    enough.abort();
  }
  demo.signal.throwIfAborted();
  if (counts.length === wanted) return counts;
  throw new Error(`Only ${counts.length} of ${wanted} expected lines came within 5 s`);
}

/** A port that nothing listens on right now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
