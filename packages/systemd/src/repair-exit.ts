import { constants } from 'node:os';
import type { UnitState } from './bus/manager.ts';
import type { Context } from './daemon.ts';
import { unitNameOf } from './unit-name.ts';
import { type ExitSlot, exitMarks, type UnitPage } from './unit-page.ts';

/** si_code of waitid(2), which is what ExecMainCode is. */
const kinds: Readonly<Record<number, ExitSlot['kind']>> = { 1: 'exited', 2: 'killed', 3: 'dumped' };

/** `KILL` for 9. */
const signalName = (number: number): string =>
  Object.entries(constants.signals)
    .find(([, value]) => value === number)?.[0]
    .replace(/^SIG/, '') ?? String(number);

/**
 * Writes down how the last run of a failed unit ended, when the helper did not: it was killed, or could not be executed in the
 * sandbox.
 */
export async function repairExit(
  { manager, state }: Context,
  page: UnitPage,
  unit: UnitState,
): Promise<void> {
  // Each restart was preceded by an end, and the last run has ended too. One restart may have been refused.
  if (page.runsEnded > unit.restarts || page.limitHit) return;
  const name = unitNameOf(page.name);
  const invocation = Buffer.from(await manager.unit<Uint8Array>(name, 'InvocationID')).toString('hex');
  if (invocation === page.exit.invocation) return;
  const [code, status, began, ended, result] = await Promise.all([
    manager.service<number>(name, 'ExecMainCode'),
    manager.service<number>(name, 'ExecMainStatus'),
    manager.service<bigint>(name, 'ExecMainStartTimestamp'),
    manager.service<bigint>(name, 'ExecMainExitTimestamp'),
    manager.service<string>(name, 'Result'),
  ]);
  const kind = kinds[code];
  if (kind === undefined) return;
  const executed = page.runBeginWallMs > 0;
  const slot: ExitSlot = {
    kind,
    executed,
    invocation,
    status: kind === 'exited' ? String(status) : signalName(status),
    result,
    beganMs: executed ? page.runBeginWallMs || Number(began / 1000n) : 0,
    timeMs: Number(ended / 1000n),
  };
  for (const mark of exitMarks(slot, page.runsEnded + 1)) state.mark(page.name, mark);
}
