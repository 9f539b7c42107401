import { Errno } from '../wasi/errno.ts';
import { interrupted } from '../wasi/process.ts';
import { closeAll } from './child-directories.ts';
import { planChild } from './child-plan.ts';
import type { ProcessExit } from './exit.ts';
import type { GuestAnswer } from './guest-request.ts';
import type { Process } from './process.ts';
import { numberOfEnd } from './signal-numbers.ts';
import type { ThreadServices } from './thread-services.ts';
import { waitForHost } from './wait-for-host.ts';

/** Bytes of the arguments, the environment and the rest: 2 MiB as for other processes, and some for what they are called. */
const mostOptions = 2 * 1024 * 1024 + 65_536;

/** `struct wos_end`: pid, exit code, signal. */
function writeEnd(process: Process, at: number, pid: number, exit: ProcessExit): number {
  const isCode = 'code' in exit;
  process.memory.writeU32(at, pid);
  process.memory.writeU32(at + 4, isCode ? exit.code : 0);
  process.memory.writeU32(at + 8, isCode ? 0 : numberOfEnd(exit.signal));
  return Errno.Success;
}

/** To start processes and to wait for them. */
export function makeChildCalls(services: ThreadServices) {
  const spawn = async (
    process: Process,
    path: number,
    length: number,
    options: number,
    size: number,
    result: number,
  ): Promise<number> => {
    process.memory.bytes(result, 4);
    if (!process.maySpawn) return Errno.NotCapable;
    if (size >>> 0 > mostOptions) return Errno.TooBig;
    const plan = planChild(process, process.memory.text(path, length), process.memory.texts(options, size));
    // They are in use until then, whatever becomes of the process that asks.
    const asked = services
      .ask(process.pid, { type: 'spawn', plan })
      .answer.finally(() => closeAll(plan.preopens, plan.module));
    const answer = await waitForHost(process, asked, () => {});
    if (answer.type !== 'spawned') return answer.type === 'error' ? answer.errno : Errno.InputOutput;
    process.memory.writeU32(result, answer.pid);
    return Errno.Success;
  };

  const wait = async (process: Process, child: number, timeout: bigint, result: number): Promise<number> => {
    process.memory.bytes(result, 12);
    const { id, answer } = services.ask(process.pid, { type: 'wait', child, poll: timeout === 0n });
    const deadline = timeout < 0n ? Number.POSITIVE_INFINITY : performance.now() + Number(timeout);
    const woken = await process.block<GuestAnswer | undefined>((wake) => {
      void answer.then(wake);
      return timeout > 0n ? process.sleepUntil(deadline, () => wake(undefined)) : () => {};
    });
    // One may have been told meanwhile: it is not to be lost.
    if (woken === interrupted || woken === undefined)
      services.ask(process.pid, { type: 'stop-waiting', wait: id });
    const settled = typeof woken === 'object' ? woken : await waitForHost(process, answer, () => {});
    if (settled.type === 'ended') return writeEnd(process, result, settled.pid, settled.exit);
    if (settled.type === 'error') return settled.errno;
    if (timeout === 0n) return Errno.Again;
    return woken === interrupted ? Errno.Interrupted : Errno.TimedOut;
  };

  return {
    spawn: { args: ['path', 'length', 'options', 'size', 'result'], blocks: true, call: spawn },
    wait: { args: ['child', 'timeout', 'result'], blocks: true, call: wait },
  };
}

/** Whether one process descends from another: its parents, and those of orphans among them, are looked at. */
export function isBelow(services: ThreadServices, pid: number, above: number): boolean {
  for (let at = services.ancestorOf(pid); at !== undefined && at > 1; at = services.ancestorOf(at))
    if (at === above) return true;
  return false;
}
