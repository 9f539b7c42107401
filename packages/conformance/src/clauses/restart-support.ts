import type { DaemonHandle, RestartPolicy } from '@duende/core';
import { type Clause, type ClauseInput, clause } from '../clause.ts';
import type { ClauseContext } from '../context.ts';
import { texts } from '../observe.ts';

/** A clause about a policy: skipped where capabilities rule the policy out. */
export const restarting = (policy: RestartPolicy, input: ClauseInput): Clause =>
  clause({
    ...input,
    needs: (can) => [[`restart ${policy}`, can.restart[policy]], ...(input.needs?.(can) ?? [])],
  });

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
