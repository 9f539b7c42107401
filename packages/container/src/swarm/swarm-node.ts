import type { Operation } from '../daemon.ts';
import type { SwarmInfo } from './api.ts';
import { noManager, type SwarmContext, swarmError } from './context.ts';

export interface SwarmNode {
  readonly id: string;
  /** The engine of this node can start an init in its containers. */
  readonly hasInit: boolean;
  /** The API that is spoken with it. */
  readonly api: string;
}

/**
 * Pure: an engine runs its init binary with `--version` when it is asked for its information, and says N/A where that
 * fails (moby, fillInitInfo).
 */
export const hasInit = ({ InitBinary, InitCommit }: SwarmInfo): boolean =>
  Boolean(InitBinary) && InitCommit !== undefined && InitCommit.ID !== 'N/A';

/** @throws PlatformError NotSupported / unavailable when the engine is no manager */
export async function readNode(context: SwarmContext, operation: Operation): Promise<SwarmNode> {
  let info: SwarmInfo;
  let api: string;
  try {
    [info, { api }] = await Promise.all([
      context.connection.json<SwarmInfo>('/info'),
      context.connection.hello(),
    ]);
  } catch (error) {
    throw swarmError(context, error, operation, 'cannot be asked for its swarm');
  }
  const { ControlAvailable, LocalNodeState = 'inactive', NodeID = '' } = info.Swarm ?? {};
  if (!ControlAvailable) {
    const what = LocalNodeState === 'active' ? 'it is a worker' : `its swarm is ${LocalNodeState}`;
    throw noManager(what, operation);
  }
  return { id: NodeID, hasInit: hasInit(info), api };
}
