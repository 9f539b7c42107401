import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../engine/engine-error.ts';

/** Podman looks into the control group of a process that has ended meanwhile (`Inspect`, pkg/cgroups), and answers 500. */
const isPassing = (error: unknown): boolean =>
  error instanceof EngineError && /read \/proc\/\d+\/cgroup: no such (process|file)/.test(error.message);

/** Milliseconds between two tries, and how many there are. */
const pause = 20;
const tries = 50;

/** Asks again while the engine stumbles over a container that is just ending. @throws what `ask` throws */
export async function askAgain<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let left = tries; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (left <= 1 || !isPassing(error)) throw error;
      await sleep(pause);
    }
  }
}
