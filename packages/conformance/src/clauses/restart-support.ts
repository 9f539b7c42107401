import { type Capabilities, type DaemonHandle, type RestartPolicy, supported } from '@duende/core';
import { type Clause, type ClauseInput, clause, type Need } from '../clause.ts';
import type { ClauseContext, ProgramInput } from '../context.ts';
import { texts } from '../observe.ts';

/** A clause about a policy: skipped where capabilities rule the policy out. */
export const restarting = (policy: RestartPolicy, input: ClauseInput): Clause =>
  clause({
    ...input,
    needs: (can) => [[`restart ${policy}`, can.restart[policy]], ...(input.needs?.(can) ?? [])],
  });

/** That the delays of a spec are kept. */
export const backoff = (can: Capabilities): Need => ['backoff', can.backoff ?? supported('backoff')];
/** That the limit of a spec is kept. */
export const restartLimit = (can: Capabilities): Need => [
  'restart limit',
  can.restartLimit ?? supported('restart limit'),
];

type Restart = Exclude<ProgramInput['restart'], string | undefined>;

/** A restart policy with these delays and limits, as far as the platform keeps any; otherwise its own. */
export function soon(can: Capabilities, restart: Restart): Restart {
  const { policy, delay, factor, maxRestarts } = restart;
  const [, delays] = backoff(can);
  const [, limits] = restartLimit(can);
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(delays.supported && delay !== undefined ? { delay } : {}),
    ...(delays.supported && factor !== undefined ? { factor } : {}),
    ...(limits.supported && maxRestarts !== undefined ? { maxRestarts } : {}),
  };
}

/** The longest that a platform waits between two runs when it decides itself (launchd: 10 s), and a bit, in milliseconds. */
export const ownDelay = 13_000;

/** Milliseconds in which a restart must have come, where `quick` are enough when the spec decides. */
export const within = (can: Capabilities, quick: number): number =>
  backoff(can)[1].supported ? quick : quick + 2 * ownDelay;

/** The runs of a daemon whose program begins with the command `run`: PID, and milliseconds in the daemon's clock. */
export async function runs(
  context: ClauseContext,
  handle: DaemonHandle,
): Promise<{ pid: number; at: number }[]> {
  return (await texts(context.adapter, handle)).flatMap((text) => {
    const match = /^run (\d+) (\d+)$/.exec(text);
    return match ? [{ pid: Number(match[1]), at: Number(match[2]) }] : [];
  });
}

/** Milliseconds between the beginnings of successive runs. */
export async function gaps(context: ClauseContext, handle: DaemonHandle): Promise<number[]> {
  const all = await runs(context, handle);
  return all.slice(1).map((run, index) => run.at - (all[index]?.at ?? 0));
}
