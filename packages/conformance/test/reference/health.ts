import type { Daemon } from './daemon.ts';
import { SimProgram } from './sim-commands.ts';
import { SimProcess } from './sim-process.ts';

async function isHealthy(daemon: Daemon): Promise<boolean> {
  const { health } = daemon.spec;
  if (!health) return true;
  if (health.type === 'tcp') return daemon.world.ports.get(health.port)?.alive === true;
  if (health.type === 'http') return daemon.world.ports.get(Number(new URL(health.url).port))?.alive === true;
  const process = new SimProcess(daemon.world.nextPid());
  void new SimProgram(daemon, process, health.command.slice(1)).run();
  const timer = setTimeout(() => process.end({ signal: 'SIGKILL' }), health.timeout);
  const exit = await process.ended;
  clearTimeout(timer);
  return 'code' in exit && exit.code === 0;
}

/** Checks one run of a daemon until it ends. */
export async function watchHealth(daemon: Daemon, main: SimProcess): Promise<void> {
  const { health } = daemon.spec;
  if (!health) return;
  const begun = performance.now();
  let failures = 0;
  daemon.health = 'unknown';
  for (;;) {
    await main.sleep(health.interval);
    const healthy = await isHealthy(daemon);
    if (!main.alive) return;
    if (healthy) {
      failures = 0;
      daemon.health = 'healthy';
      continue;
    }
    if (performance.now() - begun < health.startPeriod) continue;
    failures += 1;
    daemon.health = 'unhealthy';
    if (failures < health.retries) continue;
    daemon.fail('watchdog');
    return;
  }
}
