import { configError, type DaemonSpec } from '@duende/core/contract';
import { type ContainerSettings, settingsSchema } from './settings.ts';

/** Keys of a HostConfig that a spec has settings for, or that the adapter depends on. */
const owned =
  /^(Mounts|RestartPolicy|NetworkMode|PortBindings|ReadonlyRootfs|CapAdd|CapDrop|SecurityOpt|Ulimits|LogConfig|Memory|MemorySwap|NanoCpus|CpuShares|CpuPeriod|CpuQuota|PidsLimit|Tmpfs|Init|AutoRemove|PidMode|Blkio.*Bps)$/;

const taken = ['/run/duende', '/run/duende-init'];

/**
 * `platform.container` of a spec, checked.
 * @throws PlatformError Config / invalid-setting that names the field.
 */
export function readSettings(spec: DaemonSpec): ContainerSettings {
  const result = settingsSchema.safeParse(spec.platform.container ?? {});
  if (!result.success) {
    const [issue] = result.error.issues;
    const path = issue?.path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
      .join('');
    throw wrong(`platform.container${path}`, issue?.message ?? 'is not valid');
  }
  const settings = result.data;
  checkSeccomp(spec);
  if (settings.image === undefined) {
    if (settings.credentials)
      throw wrong('platform.container.credentials', 'there is no image to be pulled with them');
    if (settings.pull === 'always') throw wrong('platform.container.pull', 'there is no image to be pulled');
  } else if (settings.files.length > 0) {
    throw wrong(
      'platform.container.files',
      'files are packed only into an image that is made here, not into a given one',
    );
  }
  const clash = Object.keys(settings.hostConfig).find((key) => owned.test(key));
  if (clash !== undefined) {
    throw wrong(
      `platform.container.hostConfig.${clash}`,
      'the adapter says this by itself',
      'The spec has a setting for it: see docs/container.md',
    );
  }
  if (
    (settings.hostConfig.Binds as string[] | undefined)?.some?.((bind) =>
      /:\/run(\/duende[^:]*)?(:|$)/.test(String(bind)),
    )
  ) {
    throw wrong('platform.container.hostConfig.Binds', "/run and /run/duende are the adapter's own");
  }
  if (spec.resources.memorySwapMax !== undefined && spec.resources.memoryMax === undefined) {
    throw configError('resources.memorySwapMax: containers have it only beside memoryMax', {
      field: 'resources.memorySwapMax',
      platform: 'container',
      operation: 'spawn',
      hint: 'Give memoryMax, too',
    });
  }
  if ('module' in spec && settings.image !== undefined) {
    throw wrong(
      'platform.container.image',
      'a module runs in an image that is made of it',
      'Leave it out, or give a program',
    );
  }
  for (const [index, { target, source }] of settings.mounts.entries()) {
    const at = target ?? source;
    if (taken.some((path) => at === path || at.startsWith(`${path}/`)))
      throw wrong(`platform.container.mounts[${index}].target`, `${at} is the adapter's own`);
  }
  if (
    settings.ports.length > 0 &&
    (settings.network === 'none' || settings.network === 'host' || spec.sandbox.network !== undefined)
  ) {
    throw wrong(
      'platform.container.ports',
      'ports are published from a network of the container, which network none and host are not',
    );
  }
  if (
    settings.network !== undefined &&
    spec.sandbox.network !== undefined &&
    settings.network !== spec.sandbox.network
  ) {
    throw wrong(
      'platform.container.network',
      `contradicts sandbox.network, which is ${spec.sandbox.network}`,
    );
  }
  return settings;
}

/** Calls without which our init could not execute a program, keep its log, or say how it ended. */
const needed =
  'accept4 bind chdir clone close connect execve exit_group fcntl getpid kill listen lseek mmap open openat pipe2 poll ppoll pread64 pwrite64 read recvmsg rt_sigaction rt_sigprocmask rt_sigtimedwait socket splice tee wait4 write'.split(
    ' ',
  );

function checkSeccomp({ sandbox: { seccomp } }: DaemonSpec): void {
  const denied = typeof seccomp === 'object' ? seccomp.deny.filter((call) => needed.includes(call)) : [];
  if (denied.length > 0)
    throw wrong(
      'sandbox.seccomp',
      `${denied.join(', ')} cannot be denied: the init of the container takes it`,
    );
}

function wrong(field: string, message: string, hint?: string) {
  return configError(`${field}: ${message}`, { field, platform: 'container', operation: 'spawn', hint });
}
