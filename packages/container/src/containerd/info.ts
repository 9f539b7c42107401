import { statSync } from 'node:fs';
import type { EngineInfo } from '../engine/engine.ts';
import type { Connection } from './connection.ts';
import { cgroupVersion, missingLimits } from './host-facts.ts';

/** True when the socket is a user's: containerd runs as that user, in namespaces of its own. */
function isRootless(address: string): boolean {
  const path = address.replace(/^unix:(\/\/)?/, '');
  const status = statSync(path, { throwIfNoEntry: false });
  return status !== undefined && status.uid !== 0;
}

export async function readInfo(connection: Connection): Promise<EngineInfo> {
  const { version: full } = await connection.ask<{ version: string }>('Version.Version', {});
  // Debian's is `1.6.20~ds1`, a release's `v1.7.2`.
  const version = full.replace(/^v/, '').replace(/[~+].*$/, '');
  const cgroups = cgroupVersion();
  return {
    runtime: 'containerd',
    title: `containerd ${version}`,
    version,
    rootless: isRootless(connection.address),
    cgroupVersion: cgroups,
    missing: missingLimits(cgroups),
  };
}
