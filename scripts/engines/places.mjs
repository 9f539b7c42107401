// What engines make outside their own folders, wherever those are: no option moves it.
import { lstatSync, rmdirSync, rmSync } from 'node:fs';

const folders = [
  '/etc/docker',
  '/etc/cni',
  '/etc/cni/net.d',
  '/run/docker',
  '/run/docker/plugins',
  '/run/docker/runtime-runc',
  '/run/docker/runtime-runc/moby',
  '/run/containerd',
  '/run/containerd/s',
  '/run/containerd/fifo',
  '/run/containerd/runc',
  '/run/runc',
  '/run/netns',
  '/run/libpod',
  '/run/containers',
  '/var/lib/cni',
  '/var/lib/containerd',
  '/var/lib/containers',
  '/var/lib/containers/cache',
  '/var/lib/docker',
];
const files = [
  '/etc/docker/key.json',
  '/etc/cni/net.d/cni.lock',
  '/var/lib/containers/cache/blob-info-cache-v1.boltdb',
];

function isThere(path) {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Those that are not there yet, to be removed again afterwards. */
export const absent = () => [...folders, ...files].filter((path) => !isThere(path));

/** A folder only when nothing is in it: somebody else may have come to use it. */
export function removePlaces(paths) {
  for (const path of paths.toReversed()) {
    try {
      if (files.includes(path)) rmSync(path, { force: true });
      else rmdirSync(path);
    } catch {
      // Not made, or in use.
    }
  }
}
