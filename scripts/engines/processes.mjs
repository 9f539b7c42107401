// Processes as /proc tells them.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** `undefined` when it is gone. */
function ask(reader) {
  try {
    return reader();
  } catch {
    return undefined;
  }
}

const read = (pid, file) => ask(() => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
/** What is after the name in /proc/PID/stat: state, parent, ... */
const stat = (pid) =>
  read(pid, 'stat')
    ?.replace(/^.*\) /s, '')
    .split(' ');

/** A PID may be given again; with its time of start it names one process. `undefined` when there is none. */
export const startTime = (pid) => stat(pid)?.[19];

/** A zombie only waits to be looked at. */
const isAlive = (pid) => !['Z', 'X', undefined].includes(stat(pid)?.[0]);

/** Those that must never be taken for an engine's: this process and all that it was started by. */
function lineage() {
  const pids = [];
  for (let pid = process.pid; pid > 0; pid = Number(stat(pid)?.[1] ?? 0)) pids.push(pid);
  return pids;
}

const engineNames = /^(dockerd|docker.*|containerd.*|conmon|podman.*|runc.*|ctr)$/;

/**
 * The engines, shims and monitors whose command names what is below a folder, the containers whose root is there, and their
 * children. `start` is the start of a path: `/folder/`.
 */
export function processesOf(start) {
  const spared = new Set(lineage());
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && !spared.has(Number(name)));
  const isOf = (pid) => {
    if (engineNames.test(read(pid, 'comm')?.trim() ?? '') && read(pid, 'cmdline')?.includes(start))
      return true;
    // Its root alone: a namespace made while an engine ran has all mounts of the machine, and is somebody else's.
    const mounts = read(pid, 'mountinfo')?.split('\n') ?? [];
    return mounts.some((line) => line.split(' ')[4] === '/' && line.includes(start));
  };
  const found = new Set(pids.filter(isOf));
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const pid of pids) if (found.has(stat(pid)?.[1])) found.add(pid);
  }
  return [...found].map(Number).filter(isAlive);
}

/** What the process has open, as paths. */
export function openFiles(pid) {
  const folder = `/proc/${pid}/fd`;
  const names = ask(() => readdirSync(folder)) ?? [];
  return names.map((name) => ask(() => readlinkSync(`${folder}/${name}`))).filter(Boolean);
}

export function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** False when one of them is still there after `timeout` milliseconds. */
export async function untilGone(pids, timeout = 10_000) {
  for (const end = Date.now() + timeout; pids.some(isAlive); await sleep(5))
    if (Date.now() > end) return false;
  return true;
}
