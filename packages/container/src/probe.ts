import type { Availability } from '@duende/core/contract';
import type { Engine } from './engine/engine.ts';

const titles: Readonly<Record<string, string>> = {
  memory: 'memory limits',
  swap: 'swap limits',
  pids: 'process limits',
  cpus: 'CPU quotas',
  cpuWeight: 'CPU weights',
};

/** @throws EngineError when the engine does not answer */
export async function probeEngine(engine: Engine): Promise<Availability> {
  const info = await engine.info();
  const missing = Object.keys(info.missing).map((name) => titles[name] ?? name);
  const warnings = [
    ...(info.liveRestore === false
      ? [
          'Docker ends every container when its daemon is restarted; set "live-restore": true in /etc/docker/daemon.json',
        ]
      : []),
    ...(missing.length > 0
      ? [`This engine has no ${missing.join(', ')} here: specs that ask for them are refused`]
      : []),
  ];
  return {
    available: true,
    engine: `${info.title}${info.rootless ? ' (rootless)' : ''} at ${engine.address}`,
    version: info.version,
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}
