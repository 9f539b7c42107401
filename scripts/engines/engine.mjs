// Starts, kills, restarts and removes engines of containers that share nothing with those of the machine.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { containerd } from './containerd.mjs';
import { startDaemon } from './daemon.mjs';
import { docker } from './docker.mjs';
import { makeFolder, note, sweep } from './folder.mjs';
import { EngineStartError, whyNot } from './machine.mjs';
import { podman } from './podman.mjs';
import { removeEngine } from './remains.mjs';
import { hasOverlay } from './storage.mjs';
import { initSwarm } from './swarm.mjs';

const kinds = {
  docker,
  swarm: (folder, how) => docker(folder, { ...how, swarm: true }),
  podman,
  containerd,
};

/**
 * Starts 'docker', 'swarm' (a dockerd that is the one node of a swarm), 'podman' or 'containerd' and waits until it answers.
 * `liveRestore`: containers outlive dockerd, unless that is a swarm's.
 */
export async function startEngine(name, { liveRestore = name !== 'swarm', timeout = 30_000 } = {}) {
  const reason = whyNot([name]);
  if (reason) throw new EngineStartError(reason, true);
  await sweep();
  const folder = makeFolder();
  try {
    return await startIn(folder, name, { liveRestore, timeout });
  } catch (error) {
    await removeEngine(folder);
    throw error;
  }
}

async function startIn(folder, name, first) {
  const kind = await kinds[name](folder, { overlay: await hasOverlay(folder) });
  for (const child of kind.folders) mkdirSync(join(folder, child), { mode: 0o700 });
  for (const [file, content] of Object.entries(kind.files)) writeFileSync(join(folder, file), content);
  // A bridge that is there already is not ours to remove.
  const links = kind.links?.filter((link) => !existsSync(`/sys/class/net/${link}`));
  note(folder, { groups: kind.groups, links });
  let how = first;
  let daemon;
  const start = async () => {
    const argv = kind.argv(how);
    const log = join(folder, 'engine.log');
    daemon = await startDaemon({
      ...{ argv, log, isReady: kind.isReady, timeout: how.timeout },
      env: kind.serviceEnv ?? kind.env,
    });
    chmodSync(kind.socket, 0o600);
  };
  const end = async (signal) => {
    await daemon.end(signal);
    await kind.afterEnd?.();
  };
  const engine = {
    name,
    runtime: name === 'swarm' ? 'docker' : name,
    address: `unix://${kind.socket}`,
    /** For the engine's command line: which engine it is about. */
    env: kind.env,
    folder,
    storage: kind.storage,
    get pid() {
      return daemon.pid;
    },
    /** kill -9 of the daemon, and of nothing else. */
    kill: () => end('SIGKILL'),
    /** In order when it runs; else only starts it, on the same root. `options` as of startEngine. */
    async restart(options = {}) {
      how = { ...how, ...options };
      const isEnding = daemon.isRunning() && end('SIGTERM').then(() => true);
      const hasEnded = await Promise.race([isEnding, sleep(20_000, undefined, { ref: false })]);
      if (isEnding && !hasEnded) await end('SIGKILL');
      await start();
    },
    /** Stops it and removes everything that it has made. */
    stop: () => removeEngine(folder),
  };
  await start();
  if (name === 'swarm') await initSwarm(engine);
  return engine;
}
