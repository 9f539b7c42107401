// dockerd with nothing of the machine's: no bridge, no firewall rules, its own containerd.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { command } from '../systemd/command.mjs';
import { ping } from './daemon.mjs';
import { path } from './machine.mjs';
import { untilGone } from './processes.mjs';

/**
 * Its own containerd ends with it (a parent-death signal), but not at once. dockerd takes the PID in this file for a running
 * containerd also while that is a zombie, and then waits for it in vain: not every PID 1 reaps as fast as we restart.
 */
async function containerdGone(folder) {
  const file = join(folder, 'exec/containerd/containerd.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8'));
  if (await untilGone([pid])) rmSync(file);
}

export async function docker(folder, { overlay, swarm = false }) {
  const socket = join(folder, 'docker.sock');
  const group = `/${basename(folder)}`;
  const { output } = await command(['dockerd', '--version'], { env: { PATH: path } });
  // Up to version 23 it writes /etc/docker/key.json, unless told otherwise.
  const isOld = Number(/version (\d+)/.exec(output)?.[1]) < 24;
  const config = isOld ? { 'deprecated-key-path': `${folder}/key.json` } : {};
  return {
    socket,
    groups: [group],
    links: swarm ? ['docker_gwbridge'] : [],
    env: { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: join(folder, 'client') },
    storage: overlay ? 'overlay2' : 'vfs',
    argv: ({ liveRestore }) => [
      'dockerd',
      `--config-file=${folder}/daemon.json`,
      `--data-root=${folder}/data`,
      `--exec-root=${folder}/exec`,
      `--pidfile=${folder}/dockerd.pid`,
      `--host=unix://${socket}`,
      `--storage-driver=${overlay ? 'overlay2' : 'vfs'}`,
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
      '--ip-masq=false',
      '--ip-forward=false',
      '--userland-proxy=false',
      '--exec-opt=native.cgroupdriver=cgroupfs',
      `--cgroup-parent=${group}`,
      `--live-restore=${liveRestore}`,
      '--log-level=warn',
      // It would take more than a minute to give up a pull that breaks.
      '--max-download-attempts=1',
    ],
    files: { 'daemon.json': JSON.stringify(config) },
    // `client` is where the command line keeps its configuration.
    folders: ['client'],
    isReady: () => ping(socket),
    afterEnd: () => containerdGone(folder),
  };
}
