import type { Clause } from '../clause.ts';
import { badInputClauses } from './bad-input.ts';
import { handleClauses } from './handle.ts';
import { healthClauses } from './health.ts';
import { logClauses } from './logs.ts';
import { logFollowClauses } from './logs-follow.ts';
import { logReadClauses } from './logs-read.ts';
import { logRotationClauses } from './logs-rotation.ts';
import { moduleClauses } from './module.ts';
import { readinessClauses } from './readiness.ts';
import { recoveryClauses } from './recovery.ts';
import { recoverySpawnerClauses } from './recovery-spawner.ts';
import { removeClauses } from './remove.ts';
import { resourceClauses } from './resources.ts';
import { restartClauses } from './restart.ts';
import { restartBackoffClauses } from './restart-backoff.ts';
import { restartBetweenClauses } from './restart-between.ts';
import { restartCallClauses } from './restart-call.ts';
import { scaleClauses } from './scale.ts';
import { settingsClauses } from './settings.ts';
import { signalClauses } from './signals.ts';
import { signalRefusedClauses } from './signals-refused.ts';
import { spawnClauses } from './spawn.ts';
import { spawnFailureClauses } from './spawn-failure.ts';
import { spawnGivenClauses } from './spawn-given.ts';
import { statsClauses } from './stats.ts';
import { statusClauses } from './status.ts';
import { stopClauses } from './stop.ts';
import { stopTreeClauses } from './stop-tree.ts';
import { traceClauses } from './trace.ts';
import { waitClauses } from './wait.ts';

/** The contract, clause by clause. Ids are stable: an adapter's documentation may name them. */
export const clauses: readonly Clause[] = [
  spawnClauses,
  spawnFailureClauses,
  spawnGivenClauses,
  moduleClauses,
  readinessClauses,
  settingsClauses,
  signalClauses,
  signalRefusedClauses,
  statusClauses,
  healthClauses,
  waitClauses,
  stopClauses,
  stopTreeClauses,
  removeClauses,
  logClauses,
  logReadClauses,
  logFollowClauses,
  logRotationClauses,
  restartClauses,
  restartBetweenClauses,
  restartBackoffClauses,
  restartCallClauses,
  recoveryClauses,
  recoverySpawnerClauses,
  handleClauses,
  resourceClauses,
  statsClauses,
  traceClauses,
  badInputClauses,
  scaleClauses,
].flat();
