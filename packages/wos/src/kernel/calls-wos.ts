import { Errno } from '../wasi/errno.ts';
import { type CallDefinition, interrupted } from '../wasi/process.ts';
import { isBelow, makeChildCalls } from './calls-children.ts';
import { netCalls } from './calls-net.ts';
import { makeNotifyCalls } from './calls-notify.ts';
import type { GuestRequest } from './guest-request.ts';
import { unwind } from './jspi.ts';
import type { Process } from './process.ts';
import { signalOfNumber } from './signal-numbers.ts';
import type { ThreadServices } from './thread-services.ts';
import { waitForHost } from './wait-for-host.ts';

/** What the outcomes of `mail()` are for the process. */
export const mailErrors = {
  ok: Errno.Success,
  full: Errno.Again,
  'too-big': Errno.MessageSize,
  gone: Errno.NoSuchProcess,
} as const;

async function askAway(process: Process, services: ThreadServices, request: GuestRequest): Promise<number> {
  const answer = await waitForHost(process, services.ask(process.pid, request).answer, () => {});
  return answer.type === 'error' ? answer.errno : Errno.Success;
}

/** The kernel's own calls, module `wos`: what include/wos.h declares. */
export function makeWosCalls(services: ThreadServices): Readonly<Record<string, CallDefinition>> {
  const register = (kind: 'deliver' | 'raise') => (process: Process, index: number) => {
    const at = index >>> 0;
    if (process.table === undefined) return Errno.NotSupported;
    if (at >= process.table.length) return Errno.Invalid;
    const entry = process.table.get(at);
    if (typeof entry !== 'function') return Errno.Invalid;
    process.handlers.register(entry, kind);
    return Errno.Success;
  };

  const kill = async (process: Process, pid: number, number: number): Promise<number> => {
    const signal = signalOfNumber(number);
    if (number !== 0 && signal === undefined) return Errno.Invalid;
    if (services.isAlone && pid !== process.pid)
      return await askAway(process, services, { type: 'kill', pid, signal });
    if (services.parentOf(pid) === undefined) return Errno.NoSuchProcess;
    if (pid !== process.pid && !isBelow(services, pid, process.pid)) return Errno.NotPermitted;
    if (signal === undefined) return Errno.Success;
    services.signal(pid, signal);
    if (process.ended) throw unwind;
    // It takes effect before the call returns, if it is for the caller.
    if (pid === process.pid) await process.yield();
    return Errno.Success;
  };

  const send = (process: Process, pid: number, address: number, length: number): number => {
    const bytes = process.memory.bytes(address, length);
    // Copied after it is known to fit.
    return mailErrors[services.mail(process.pid, pid, bytes)];
  };

  const sendAway = (process: Process, pid: number, address: number, length: number): Promise<number> =>
    askAway(process, services, { type: 'mail', pid, bytes: process.memory.bytes(address, length).slice() });

  const receive = async (
    process: Process,
    address: number,
    length: number,
    timeout: bigint,
    from: number,
    size: number,
  ): Promise<number> => {
    process.memory.bytes(address, length);
    process.memory.bytes(from, 4);
    process.memory.bytes(size, 4);
    const deadline = timeout < 0n ? Number.POSITIVE_INFINITY : performance.now() + Number(timeout);
    for (;;) {
      const message = process.mailbox.peek();
      if (message) {
        process.memory.writeU32(size, message.bytes.length);
        process.memory.writeU32(from, message.from);
        if (message.bytes.length > length >>> 0) return Errno.MessageSize;
        process.memory.bytes(address, message.bytes.length).set(message.bytes);
        process.mailbox.take();
        return Errno.Success;
      }
      if (timeout === 0n) return Errno.Again;
      if (performance.now() >= deadline) return Errno.TimedOut;
      const woken = await process.block<void>((wake) => {
        const undo = [process.mailbox.watch(wake)];
        if (Number.isFinite(deadline)) undo.push(process.sleepUntil(deadline, wake));
        return () => {
          for (const each of undo) each();
        };
      });
      if (woken === interrupted && process.mailbox.peek() === undefined) return Errno.Interrupted;
    }
  };

  const calls = {
    register_signals: { args: ['function'], call: register('deliver') },
    register_raise: { args: ['function'], call: register('raise') },
    // Both only return what is asked for: they cannot fail.
    pid: { args: [], returnsValue: true, call: (process: Process) => process.pid },
    parent: { args: [], returnsValue: true, call: (process: Process) => services.parentOf(process.pid) ?? 1 },
    kill: { args: ['pid', 'signal'], blocks: true, call: kill },
    send: services.isAlone
      ? { args: ['pid', 'buffer', 'length'], blocks: true, call: sendAway }
      : { args: ['pid', 'buffer', 'length'], call: send },
    receive: { args: ['buffer', 'length', 'timeout', 'from', 'size'], blocks: true, call: receive },
    ...netCalls,
    ...makeChildCalls(services),
    ...makeNotifyCalls(services),
  };
  return calls as unknown as Readonly<Record<string, CallDefinition>>;
}
