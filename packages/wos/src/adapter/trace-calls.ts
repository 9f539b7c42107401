import { wosCallNames } from '../kernel/wos-call-names.ts';
import { wasiCalls } from '../wasi/index.ts';
import { wrongCalls } from './errors.ts';

/** Classes of calls, as `%file`; each is what its names begin with. Those of TypeScript daemons begin with `js.`. */
export const callClasses: Readonly<Record<string, readonly string[]>> = {
  file: ['fd_', 'path_', 'js.open'],
  network: ['sock_', 'listen', 'connect', 'js.fetch', 'js.health'],
  process: ['proc_', 'spawn', 'wait', 'kill', 'pid', 'parent', 'js.exit', 'js.die'],
  ipc: ['send', 'receive', 'notify', 'js.notify'],
  signal: ['kill', 'proc_raise', 'register_', 'js.die'],
  clock: ['clock_', 'poll_', 'js.loop'],
};

const isCall = (name: string): boolean =>
  Object.hasOwn(wasiCalls, name) || wosCallNames.has(name) || /^js\.[a-z-]+$/.test(name);

/**
 * Whether a call is one of those that were asked for.
 * @throws PlatformError Config for a list without any, or a name that no call has
 */
export function callFilter(calls: readonly string[] | undefined): (call: string) => boolean {
  if (calls === undefined) return () => true;
  if (calls.length === 0) throw wrongCalls('expected at least one call, got an empty list');
  const names = new Set<string>();
  const beginnings: string[] = [];
  for (const call of calls) {
    const begin = call.startsWith('%') ? callClasses[call.slice(1)] : undefined;
    if (begin) beginnings.push(...begin);
    else if (isCall(call)) names.add(call);
    else {
      const known = Object.keys(callClasses).map((name) => `%${name}`);
      throw wrongCalls(
        `expected calls of WASI like path_open, or ${known.join(', ')}, got ${JSON.stringify(call).slice(0, 60)}`,
      );
    }
  }
  return (call) => names.has(call) || beginnings.some((begin) => call.startsWith(begin));
}
