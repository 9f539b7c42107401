// The main job of this repository in one go: `pnpm demo [--platform NAME]`. Exit code 0 only when every step was right.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DaemonHandle,
  doctorReport,
  formatDoctor,
  type Platform,
  PlatformError,
  selectAdapter,
} from 'duende';
import { type Demo, freePort } from './demo/counter.ts';
import { parseOptions, usage } from './demo/options.ts';
import { createOutput } from './demo/output.ts';
import * as steps from './demo/steps.ts';

const output = createOutput();
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupt.abort(new Error(`Interrupted by ${signal}`)));
}
// `pnpm demo | head` must not leave a daemon behind.
process.stdout.on('error', (error) =>
  interrupt.abort(new Error(`Nobody reads the output: ${error.message}`)),
);

const oneLine = (error: unknown): string =>
  PlatformError.isInstance(error) ? error.toLine() : error instanceof Error ? error.message : String(error);

/** A step that has shown by itself why it failed. */
class StepFailed extends Error {
  constructor(title: string, cause: unknown) {
    super(`at the step ${title}`, { cause });
  }
}

/** Runs one step and shows what came of it; Ctrl-C ends the waiting for it. */
async function step<T extends { lines: string[] }>(title: string, work: Promise<T>): Promise<T> {
  const interrupted = new Promise<never>((_, reject) => {
    const stop = () => reject(interrupt.signal.reason);
    if (interrupt.signal.aborted) stop();
    interrupt.signal.addEventListener('abort', stop, { once: true });
  });
  interrupted.catch(() => {});
  try {
    const result = await Promise.race([work, interrupted]);
    output.done(title, result.lines);
    return result;
  } catch (error) {
    output.failed(title, [oneLine(error)]);
    throw new StepFailed(title, error);
  }
}

const lines = async (made: Promise<string[]>) => ({ lines: await made });

async function life(demo: Demo, spawned: ReturnType<typeof steps.spawn>): Promise<void> {
  const { handle } = await step('Spawn', spawned);
  const later: [string, (demo: Demo, handle: DaemonHandle) => Promise<string[]>][] = [
    ['Status', steps.status],
    ['Logs', steps.logs],
    ['Reload', steps.reload],
    ['Health', steps.health],
    ['Trace', steps.trace],
    ['Kill -9', steps.kill],
    ['Stats', steps.stats],
    ['Stop', steps.stop],
    ['Remove', steps.remove],
  ];
  for (const [title, work] of later) await step(title, lines(work(demo, handle)));
}

/** Nothing of the demo stays, however it ended. */
async function cleanUp(demo: Demo, spawned: Promise<unknown> | undefined): Promise<void> {
  await spawned?.catch(() => {});
  const handle = await demo.adapter.find(demo.name);
  if (handle) await demo.adapter.remove(handle, { force: true });
  await demo.adapter.close?.();
}

async function runDemo(platform: Platform): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'duende-demo-'));
  const ownState = process.env.DUENDE_STATE_DIR;
  process.env.DUENDE_STATE_DIR = join(folder, 'state');
  try {
    const name = `counter-${process.pid}`;
    const adapter = await selectAdapter(platform);
    const found = await adapter.probe();
    if (!found.available) throw new Error(`${platform} is not available here: ${found.why}. ${found.fix}`);
    const healthUrl = `http://127.0.0.1:${await freePort()}/health`;
    const demo: Demo = { adapter, name, folder, healthUrl, signal: interrupt.signal };
    output.print(output.bold(`A counter daemon on ${platform} (${found.engine})\n`));
    const spawned = steps.spawn(demo);
    try {
      await life(demo, spawned);
    } finally {
      await cleanUp(demo, spawned);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
    if (ownState === undefined) delete process.env.DUENDE_STATE_DIR;
    else process.env.DUENDE_STATE_DIR = ownState;
  }
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    output.print(usage);
    return;
  }
  const begun = performance.now();
  await runDemo(options.platform);
  output.print(`\n${output.bold('duende doctor')}\n`);
  output.print(formatDoctor(await doctorReport(), { color: output.color }).trimEnd());
  output.print(`\nEvery step was right, in ${((performance.now() - begun) / 1000).toFixed(1)} s.`);
}

try {
  await main();
} catch (error) {
  const where = error instanceof StepFailed ? ` ${error.message}` : `: ${oneLine(error)}`;
  process.stderr.write(`The demo failed${where}\n`);
  process.exitCode = 1;
}
