import type { ContainerPlan } from '../engine/engine.ts';
import type { HostFacts } from './host-facts.ts';
import type { OciMount } from './oci-spec.ts';

const quiet = ['nosuid', 'noexec', 'nodev'];

/** What every container of containerd has (containerd, oci/mounts.go). */
const usual: readonly OciMount[] = [
  { destination: '/proc', type: 'proc', source: 'proc', options: quiet },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
  },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
  },
  {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: [...quiet, 'mode=1777', 'size=65536k'],
  },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: quiet },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...quiet, 'ro'] },
  { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...quiet, 'relatime', 'ro'] },
];

/** In the order in which runc mounts them: `/run` before what lies in it. */
export function renderMounts(plan: ContainerPlan, host: HostFacts): OciMount[] {
  const bound = plan.mounts.map(
    ({ source, target, readOnly }): OciMount => ({
      destination: target,
      type: 'bind',
      source,
      options: ['rbind', 'rprivate', readOnly ? 'ro' : 'rw'],
    }),
  );
  const inMemory = plan.tmpfs.map(
    (destination): OciMount => ({
      destination,
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'nodev', 'mode=1777'],
    }),
  );
  const own = [...bound, ...inMemory].sort(
    (one, other) => one.destination.split('/').length - other.destination.split('/').length,
  );
  const taken = new Set(own.map(({ destination }) => destination));
  // Nobody else says in there who `localhost` is, nor, in the machine's network, who answers for names.
  const net = host.netFiles
    .filter((path) => !taken.has(path) && (plan.network === 'host' || path === '/etc/hosts'))
    .map(
      (path): OciMount => ({
        destination: path,
        type: 'bind',
        source: path,
        options: ['rbind', 'rprivate', 'ro'],
      }),
    );
  return [...usual.filter(({ destination }) => !taken.has(destination)), ...net, ...own];
}
