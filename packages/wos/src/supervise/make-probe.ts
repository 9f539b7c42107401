import type { Kernel, SpawnOptions } from '../kernel/index.ts';
import type { DaemonSettings, HealthSettings } from '../protocol/daemon-settings.ts';
import { commandProbe, httpProbe, type Probe, tcpProbe } from './probes.ts';

/** The check of a daemon. @param readRun what the daemon's own process gets: a check command gets it too */
export function makeProbe(
  kernel: Kernel,
  health: HealthSettings,
  readRun: () => DaemonSettings['run'],
): Probe {
  switch (health.type) {
    case 'tcp':
      return tcpProbe(health.host, health.port);
    case 'http':
      return httpProbe(health.url);
    case 'command':
      return commandProbe(kernel, () => commandOptions(health.command, readRun()));
  }
}

/** Pure. Ports that are opened for the daemon are its own. */
function commandOptions(command: readonly string[], run: DaemonSettings['run']): SpawnOptions {
  const { env, cwd, priority, capabilities, limits, isolation } = run;
  const { net, ...others } = capabilities ?? {};
  const options = {
    name: 'health-check',
    module: command[0],
    args: command,
    env,
    cwd,
    priority,
    capabilities: net === undefined ? others : { ...others, net: { ...(net as object), open: [] } },
    limits,
    isolation,
  };
  // The kernel has checked the like of it when the daemon was started.
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
