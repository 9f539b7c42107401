// Podman's service. All that it is told is in two files, so that `podman` with the same environment sees the same.
import { join } from 'node:path';
import { ping } from './daemon.mjs';

// File locks: those in shared memory are one set for all Podmans of the machine, and a new one frees them all.
// static_dir and volume_path: what `--root` alone makes of them, which is all that the monitors tell the command that notes
// how a container ended. Elsewhere it does not find the container, and /wait takes 20 seconds.
// runc: crun refuses hybrid control groups.
const containersConf = (folder) => `[containers]
default_ulimits = ["nofile=10000:10000", "nproc=20000:20000"]
log_driver = "k8s-file"

[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
events_logfile_path = "${folder}/tmp/events.log"
lock_type = "file"
runtime = "runc"
static_dir = "${folder}/root/libpod"
tmp_dir = "${folder}/tmp"
volume_path = "${folder}/root/volumes"
image_copy_tmp_dir = "${folder}/copy"

[network]
network_backend = "cni"
network_config_dir = "${folder}/networks"
`;

const storageConf = (folder, driver) => `[storage]
driver = "${driver}"
graphroot = "${folder}/root"
runroot = "${folder}/run"
`;

// A short name is local, or it is not there. A registry on the loopback is that of a test and speaks HTTP: Docker takes such a one as it is.
const registriesConf = `unqualified-search-registries = []

[[registry]]
location = "127.0.0.1"
insecure = true
`;

/** What tells `podman` to work in the folder. */
export const podmanEnv = (folder) => ({
  CONTAINERS_CONF: `${folder}/containers.conf`,
  CONTAINERS_STORAGE_CONF: `${folder}/storage.conf`,
  CONTAINERS_REGISTRIES_CONF: `${folder}/registries.conf`,
  TMPDIR: `${folder}/copy`,
  XDG_RUNTIME_DIR: `${folder}/xdg`,
  XDG_CONFIG_HOME: `${folder}/xdg`,
  XDG_DATA_HOME: `${folder}/xdg`,
  XDG_CACHE_HOME: `${folder}/xdg`,
});

export function podman(folder, { overlay }) {
  const socket = join(folder, 'podman.sock');
  const env = podmanEnv(folder);
  const driver = overlay ? 'overlay' : 'vfs';
  return {
    socket,
    // What a container without HostConfig.NetworkMode makes.
    links: ['cni-podman0'],
    env: { ...env, CONTAINER_HOST: `unix://${socket}` },
    serviceEnv: env,
    storage: driver,
    argv: () => ['podman', '--log-level=warn', 'system', 'service', '--time=0', `unix://${socket}`],
    files: {
      'containers.conf': containersConf(folder),
      'storage.conf': storageConf(folder, driver),
      'registries.conf': registriesConf,
    },
    folders: ['copy', 'xdg', 'networks', 'tmp'],
    isReady: () => ping(socket),
  };
}
