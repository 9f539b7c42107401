// containerd alone, without the plugin that serves Kubernetes.
import { join } from 'node:path';
import { accepts } from './daemon.mjs';

const config = (folder) => `version = 2
root = "${folder}/data"
state = "${folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]

[grpc]
  address = "${folder}/containerd.sock"

[debug]
  level = "warn"

[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/opt"
`;

export function containerd(folder, { overlay }) {
  const socket = join(folder, 'containerd.sock');
  const snapshotter = overlay ? 'overlayfs' : 'native';
  return {
    socket,
    env: { CONTAINERD_ADDRESS: socket, CONTAINERD_SNAPSHOTTER: snapshotter },
    storage: snapshotter,
    argv: () => ['containerd', `--config=${folder}/config.toml`],
    files: { 'config.toml': config(folder) },
    folders: [],
    isReady: () => accepts(socket),
  };
}
