import { Errno } from '../wasi/errno.ts';
import type { Process } from './process.ts';
import type { ThreadServices } from './thread-services.ts';

/** Bytes of one notification, as of sd_notify(3) elsewhere. */
const longest = 4096;
/** Milliseconds that a call takes at least: one that does nothing else must not fill the main thread with them. */
const pause = 1;

/** The call by which a program tells about itself in lines of sd_notify(3): `READY=1`, `STATUS=...`. */
export function makeNotifyCalls(services: ThreadServices) {
  const notify = async (process: Process, address: number, length: number): Promise<number> => {
    if (length >>> 0 > longest) return Errno.MessageSize;
    services.notify(process.pid, process.memory.text(address, length));
    const until = performance.now() + pause;
    await process.block<void>((wake) => process.sleepUntil(until, wake));
    return Errno.Success;
  };
  return { notify: { args: ['text', 'length'], blocks: true, call: notify } };
}
