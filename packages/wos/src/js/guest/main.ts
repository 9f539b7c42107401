// The host of daemons inside a script: what @duende/core's is on Node.
import type { Signal } from '@duende/core';
import { HostError, hostExit, runLifecycle } from '@duende/core/host';
import { type FetchEvent, receiveFetch } from './fetch.ts';
import { installGlobals } from './globals.ts';
import { host, hostText } from './host.ts';
import { beginProcess } from './process.ts';
import {
  createGuestLog,
  createRuntime,
  type GuestOptions,
  receiveHealth,
  signals,
  takeName,
  takePlatform,
} from './runtime.ts';
import { runNext, timeLeft } from './timers.ts';
import { uncaught } from './uncaught.ts';

type Definition = Awaited<ReturnType<Parameters<typeof runLifecycle>[0]>>;

/** What the engine tells. */
type EngineEvent =
  | { readonly type: 'signal'; readonly signal: Signal }
  | { readonly type: 'health'; readonly id: number }
  | ({ readonly type: 'fetch' } & FetchEvent);

installGlobals();

function receive(event: EngineEvent): void {
  if (event.type === 'signal') signals.send(event.signal);
  else if (event.type === 'fetch') receiveFetch(event);
  else void receiveHealth(event.id).catch(uncaught);
}

/**
 * One turn: an event of the engine's, or what is due.
 * @returns 0 after either, since promises that settle now may ask for more; else milliseconds until there is something to do, and
 * -1 when there is no timer
 */
function turn(event: string): number {
  try {
    if (event === '') return runNext() ? 0 : timeLeft();
    receive(JSON.parse(event) as EngineEvent);
  } catch (error) {
    uncaught(error);
  }
  return 0;
}

const marker = Symbol.for('duende.daemon');
const isDaemon = (value: unknown): value is Definition =>
  typeof value === 'object' && value !== null && Reflect.get(value, marker) === 1;

function findDaemon(module: { default?: unknown }, label: string): Definition {
  const given = module.default;
  if (isDaemon(given)) return given;
  const nested =
    typeof given === 'object' && given !== null ? (given as { default?: unknown }).default : undefined;
  if (isDaemon(nested)) return nested;
  const found = given === undefined ? 'no default export' : `a default export of type ${typeof given}`;
  throw new HostError(
    `${label} is not a daemon module: expected \`export default defineDaemon({ ... })\`, got ${found}`,
    hostExit.config,
  );
}

async function live(load: () => Promise<{ default?: unknown }>, options: GuestOptions): Promise<void> {
  beginProcess();
  const { log, name } = createGuestLog(takeName(), options.name);
  takePlatform();
  let code: number;
  try {
    const runtime = createRuntime(log, name);
    code = await runLifecycle(async () => findDaemon(await load(), options.label), runtime);
  } catch (error) {
    // Only settings: the lifecycle itself never rejects.
    log.error((error as Error).message);
    code = error instanceof HostError ? error.exitCode : hostExit.failed;
  }
  hostText('exit', code);
}

/**
 * Gets ready to run the daemon of a module. It begins when the engine says so: up to there all processes of the same script are
 * the same, and the engine begins others with a copy of this one's memory.
 */
export function runGuest(load: () => Promise<{ default?: unknown }>, options: GuestOptions): void {
  host('loop', turn, uncaught, () => void live(load, options));
}
