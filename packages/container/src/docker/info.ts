import type { EngineInfo, Runtime } from '../engine/engine.ts';
import type { Connection } from './connection.ts';

interface SystemInfo {
  readonly ServerVersion?: string;
  readonly CgroupVersion?: string;
  readonly LiveRestoreEnabled?: boolean;
  readonly SecurityOptions?: readonly string[] | null;
  readonly MemoryLimit?: boolean;
  readonly SwapLimit?: boolean;
  readonly PidsLimit?: boolean;
  readonly CpuCfsQuota?: boolean;
  readonly CPUShares?: boolean;
}

/** `GET /info`: what an engine says it can limit on its machine. */
export async function readInfo(connection: Connection, runtime: Runtime): Promise<EngineInfo> {
  const [{ api }, info] = await Promise.all([connection.hello(), connection.json<SystemInfo>('/info')]);
  const options = info.SecurityOptions ?? [];
  const version = info.ServerVersion ?? '';
  const missing: Record<string, string> = {};
  const check = (can: boolean | undefined, limit: string): void => {
    if (can === false) missing[limit] = 'the engine says that its control groups cannot';
  };
  check(info.MemoryLimit, 'memory');
  check(info.SwapLimit, 'swap');
  check(info.PidsLimit, 'pids');
  check(info.CpuCfsQuota, 'cpus');
  check(info.CPUShares, 'cpuWeight');
  return {
    runtime,
    title: `${runtime === 'docker' ? 'Docker' : 'Podman'} ${version}`,
    version,
    apiVersion: api,
    rootless: options.some((option) => /name=rootless/.test(option)),
    cgroupVersion: info.CgroupVersion === '2' || info.CgroupVersion === 'v2' ? 2 : 1,
    ...(info.LiveRestoreEnabled === undefined || runtime !== 'docker'
      ? {}
      : { liveRestore: info.LiveRestoreEnabled }),
    missing,
  };
}
