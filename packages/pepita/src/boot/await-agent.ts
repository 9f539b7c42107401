import { setTimeout as sleep } from 'node:timers/promises';
import { readStat } from '@duende/program';
import { sayHello } from '../agent/say-hello.ts';
import { failure, messageOf } from '../fail.ts';
import type { PepitaPaths } from '../paths.ts';
import type { Vmm } from '../qemu/vmm.ts';
import { type BootSample, isHung } from './watchdog.ts';

/** Milliseconds of a clock tick of /proc/PID/stat: Linux has 100 in a second on every machine. */
const tick = 10;
/** Milliseconds between two samples. */
const interval = 250;

export interface AwaitAgentOptions {
  readonly vmm: Vmm;
  readonly vmId: string;
  readonly paths: PepitaPaths;
  /** Milliseconds, instead of the watchdog's judgement. */
  readonly deadline?: number;
  /** Resolves when the agent has answered, or when the signal is aborted; one greeting of our own without it. */
  readonly hello?: ((signal: AbortSignal) => Promise<unknown>) | undefined;
  /** Milliseconds of processor time after which it hangs; those of a boot without it. */
  readonly most?: number;
}

/** Rejects when the guest hangs or the deadline has passed. */
async function watch({ vmm, vmId, deadline, most }: AwaitAgentOptions, signal: AbortSignal): Promise<never> {
  const status = await vmm.status(vmId);
  const pid = 'pid' in status ? status.pid : 0;
  const start = Date.now();
  const samples: BootSample[] = [];
  for (;;) {
    await sleep(Math.min(interval, deadline ?? interval), undefined, { signal });
    const elapsed = Date.now() - start;
    samples.push({ elapsed, cpu: (readStat(pid)?.cpuTicks ?? 0) * tick });
    if (deadline === undefined ? isHung(samples, most) : elapsed >= deadline) {
      throw failure(`The guest does not answer after ${elapsed} ms`, 'timeout');
    }
  }
}

/** Why there is no agent: what became of the VM says more than a socket that was closed. */
async function explain({ vmm, vmId }: AwaitAgentOptions, error: unknown): Promise<unknown> {
  const status = await vmm.status(vmId);
  if (status.state !== 'ended') return error;
  const lines = await vmm.console(vmId, 200);
  const panic = lines.findLast((line) => /Kernel panic|^qemu/.test(line));
  const what = status.end === 'panic' ? 'The guest kernel panicked' : `The VM ended (${status.end})`;
  return failure(
    `${what} before its agent answered${panic === undefined ? '' : `: ${panic}`}`,
    'engine-error',
    {
      cause: error,
    },
  );
}

/**
 * Waits for the agent of a guest.
 * @throws PlatformError `timeout` when it hangs, `engine-error` when the VM ended, with the reason; the VM is left as it is
 */
export async function awaitAgent(options: AwaitAgentOptions): Promise<void> {
  const abort = new AbortController();
  const watched = watch(options, abort.signal);
  watched.catch(() => undefined);
  try {
    const {
      hello = (signal: AbortSignal) =>
        sayHello(options.paths.vm(options.vmId), signal, options.vmm.vsockPort),
    } = options;
    await Promise.race([hello(abort.signal), watched]);
  } catch (error) {
    // QEMU's end is written down a moment after its sockets close.
    if (!/does not answer/.test(messageOf(error))) {
      await options.vmm.wait(options.vmId, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
    }
    throw await explain(options, error);
  } finally {
    abort.abort();
  }
}
