// Removes all that an engine has made: whatever state it was in, and however its owner ended.
import { existsSync, globSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { command } from '../systemd/command.mjs';
import { path as programs } from './machine.mjs';
import { removePlaces } from './places.mjs';
import { podmanEnv } from './podman.mjs';
import { openFiles, processesOf, signal, untilGone } from './processes.mjs';

/** Where the control groups of this machine are mounted. */
export function hierarchies() {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  return lines.filter((line) => / - cgroup2? /.test(line)).map((line) => line.split(' ')[4]);
}

const decoded = (path) =>
  path.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Mount points below the folder, the innermost first. */
function mountsBelow(folder) {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  const points = lines.map((line) => decoded(line.split(' ')[4]));
  return points.filter((point) => point.startsWith(`${folder}/`)).toReversed();
}

// How containers look on the disk: of containerd and of dockerd's own, and of podman.
const bundles = ['state', 'exec/containerd/daemon'].map(
  (state) => `${state}/io.containerd.runtime.v2.task/*/*`,
);
const podmanBundles = ['root/overlay-containers/*/userdata', 'root/vfs-containers/*/userdata'];

function json(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}

function text(path) {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

/** What the containers have outside the folder: read before anything of it is removed. */
function outsideOf(folder) {
  const own = { groups: new Set(), files: new Set(), namespaces: new Set() };
  for (const found of globSync([...bundles, ...podmanBundles], { cwd: folder })) {
    const bundle = join(folder, found);
    const { linux } = json(join(bundle, 'config.json'));
    if (/^\/.+/.test(linux?.cgroupsPath ?? '')) own.groups.add(linux.cgroupsPath);
    const namespace = linux?.namespaces?.find(({ type }) => type === 'network')?.path;
    if (namespace?.startsWith('/run/netns/')) own.namespaces.add(namespace);
    const socket = text(join(bundle, 'address')).replace('unix://', '');
    if (socket.startsWith('/run/containerd/s/')) own.files.add(socket);
    if (found.endsWith('/userdata')) own.files.add(join('/run/runc', basename(dirname(bundle))));
    else own.files.add(join('/run/containerd/runc', basename(dirname(bundle)), basename(bundle)));
  }
  return own;
}

/** Empty control groups are what is removed here: the kernel refuses others. */
async function removeGroup(path) {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) await removeGroup(join(path, entry.name));
  // The kernel takes a moment to let go of a group after its last process.
  for (let tries = 0; ; tries++) {
    try {
      return rmdirSync(path);
    } catch (error) {
      if (error.code === 'ENOENT') return;
      if (error.code !== 'EBUSY' || tries === 100) throw error;
      await sleep(10);
    }
  }
}

/** With the groups above that were made for it; those that are in use stay. */
async function removeGroups(root, group) {
  await removeGroup(join(root, group));
  for (let above = dirname(group); above.length > 1; above = dirname(above)) {
    try {
      rmdirSync(join(root, above));
    } catch {
      return;
    }
  }
}

/** Those that shims have open and nobody else removes: how a client of containerd reads the output of a container. */
const fifosOf = (pids) =>
  pids.flatMap(openFiles).filter((path) => /^\/run\/containerd\/fifo\/[^/]+\/[^/]+$/.test(path));

/** The paths outside the folder that only they have told. */
async function killAll(folder) {
  const folders = new Set();
  // A shim or a monitor that is being started may come up once more.
  for (let round = 0; round < 5; round++) {
    const pids = processesOf(`${folder}/`);
    if (pids.length === 0) break;
    for (const fifo of fifosOf(pids)) folders.add(dirname(fifo));
    for (const pid of pids) signal(pid, 'SIGKILL');
    if (!(await untilGone(pids))) console.error(`still there after SIGKILL: ${pids.join(', ')}`);
  }
  return folders;
}

async function unmountAll(points) {
  for (const point of points) {
    const { exitCode, output } = await command(['umount', '-l', point]);
    if (exitCode !== 0) console.error(output);
  }
}

/**
 * Kills what runs out of the folder, unmounts what is mounted there, and deletes it with its control groups and with what
 * its containers have elsewhere.
 */
export async function removeEngine(folder) {
  const note = json(join(folder, 'made.json'));
  const outside = outsideOf(folder);
  // Podman alone knows the firewall rules of its bridge; its commands need no service.
  if (outside.namespaces.size > 0) {
    const env = { HOME: '/root', PATH: programs, ...podmanEnv(folder) };
    await command(['podman', 'rm', '--all', '--force', '--time=0'], { env, timeout: 20_000 });
  }
  for (const path of await killAll(folder)) outside.files.add(path);
  const groups = [...outside.groups, ...(note.groups ?? [])];
  for (let points = mountsBelow(folder), round = 0; points.length > 0 && round < 5; round++) {
    await unmountAll(points);
    points = mountsBelow(folder);
  }
  for (const namespace of outside.namespaces) {
    await command(['umount', '-l', namespace]);
    outside.files.add(namespace);
  }
  for (const root of hierarchies()) {
    for (const group of groups)
      await removeGroups(root, group).catch((error) => console.error(error.message));
    // Of all Podmans with cgroupfs.
    removePlaces([join(root, 'libpod_parent'), join(root, 'libpod_parent/conmon')]);
  }
  for (const path of outside.files) {
    rmSync(path, { recursive: true, force: true });
    // Of one namespace of containerd.
    if (path.startsWith('/run/containerd/runc/')) removePlaces([dirname(path)]);
  }
  for (const name of note.links ?? []) await command(['ip', 'link', 'delete', name]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  removePlaces(note.places ?? []);
}
