import { basename } from 'node:path';
import type { ContainerPlan } from '../engine/engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import { containerId } from './container-id.ts';
import type { HostFacts } from './host-facts.ts';
import type { ImageConfig } from './images.ts';
import type { OciHook, OciProcess, RuntimeSpec } from './oci-spec.ts';
import { renderMounts } from './spec-mounts.ts';
import { renderResources } from './spec-resources.ts';
import { maskedPaths, readonlyPaths, renderSeccomp, usualCapabilities } from './spec-security.ts';

const usualPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** sethostname(2): HOST_NAME_MAX. */
const hostNameLimit = 64;

/** `1000:1000`, `1000` (group 0, as nobody looks into /etc/passwd here), `root`. @throws EngineError `invalid` */
function renderUser(name: string): { uid: number; gid: number } {
  if (name === '' || name === 'root') return { uid: 0, gid: 0 };
  const numbers = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(name);
  if (!numbers) {
    throw new EngineError('invalid', `user ${name}: give a number (UID:GID), containerd does not know names`);
  }
  return { uid: Number(numbers[1]), gid: Number(numbers[2] ?? 0) };
}

function renderEnv(plan: ContainerPlan, image: ImageConfig): string[] {
  const values = new Map<string, string>();
  const pairs = [usualPath, ...(image.Env ?? [])];
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals > 0) values.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  for (const [name, value] of Object.entries(plan.env)) values.set(name, value);
  return [...values].map(([name, value]) => `${name}=${value}`);
}

function renderProcess(plan: ContainerPlan, image: ImageConfig): OciProcess {
  const capabilities = plan.capabilities ?? usualCapabilities;
  const limits = [
    ['RLIMIT_NOFILE', plan.limits.openFiles],
    ['RLIMIT_MEMLOCK', plan.limits.lockedMemory],
  ] as const;
  return {
    terminal: false,
    user: renderUser(plan.user ?? image.User ?? ''),
    args: plan.argv,
    env: renderEnv(plan, image),
    cwd: '/',
    // None are inherited nor ambient, as in Docker: they are root's, and of programs that have them as file capabilities.
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    rlimits: limits.flatMap(([type, value]) =>
      value === undefined ? [] : [{ type, hard: value, soft: value }],
    ),
    noNewPrivileges: plan.noNewPrivileges,
  };
}

/**
 * runc leaves `lo` down in a new network. Called by runc as root, before the program; see init/loopback.c. Where no duende-init is
 * known on this machine, nothing answers at 127.0.0.1 in there.
 */
function loopbackHooks({ argv, mounts }: ContainerPlan, host: HostFacts): OciHook[] {
  const mounted = mounts.find(({ target }) => target === argv[0] && basename(target) === 'duende-init');
  const path = mounted?.source ?? host.init;
  return path === undefined ? [] : [{ path, args: [path, 'loopback'], timeout: 10 }];
}

/** @throws EngineError `invalid`: what containerd has no means for. */
export function checkPlan(plan: ContainerPlan): void {
  if (plan.network !== 'none' && plan.network !== 'host') {
    throw new EngineError('invalid', `network ${plan.network}: containerd has none and host only`);
  }
  if (plan.ports.length > 0) {
    throw new EngineError('invalid', 'ports: containerd publishes none; use network host');
  }
  if (plan.raw !== undefined) {
    throw new EngineError(
      'invalid',
      'hostConfig: it is of the API of Docker, which containerd does not have',
    );
  }
}

/** The OCI runtime spec of a container: a pure function of its arguments. @throws EngineError `invalid` */
export function renderRuntimeSpec(plan: ContainerPlan, image: ImageConfig, host: HostFacts): RuntimeSpec {
  checkPlan(plan);
  const ownNetwork = plan.network === 'none';
  const hooks = ownNetwork ? loopbackHooks(plan, host) : [];
  const seccomp = renderSeccomp(plan.seccomp?.deny, host.arch);
  const namespaces = ['pid', 'ipc', 'uts', 'mount'];
  if (ownNetwork) namespaces.push('network');
  // In version 1 Docker leaves it out too: what the files of a group say would be relative to it.
  if (host.cgroupVersion === 2) namespaces.push('cgroup');
  return {
    ociVersion: '1.0.2',
    process: renderProcess(plan, image),
    root: { path: 'rootfs', readonly: plan.readOnlyRoot },
    hostname: plan.name.slice(0, hostNameLimit),
    mounts: renderMounts(plan, host),
    ...(hooks.length > 0 && { hooks: { createRuntime: hooks } }),
    linux: {
      namespaces: namespaces.map((type) => ({ type })),
      cgroupsPath: `/duende/${containerId(plan.name)}`,
      resources: renderResources(plan.limits, host),
      ...(seccomp && { seccomp }),
      maskedPaths,
      readonlyPaths,
    },
  };
}
