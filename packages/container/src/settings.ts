import { configError, type DaemonSpec } from '@duende/core/contract';
import { z } from 'zod';

const absolute = z.string().startsWith('/', 'expected an absolute path');
const port = z.number().int().min(1).max(65_535);

const mountSchema = z.strictObject({
  /** A file or folder of the engine's machine. */
  source: absolute,
  /** Where it is in the container; the same path without it. */
  target: absolute.optional(),
  readOnly: z.boolean().default(false),
});

const portSchema = z.strictObject({
  container: port,
  /** The same as `container` without it. */
  host: port.optional(),
  address: z.string().default('127.0.0.1'),
  protocol: z.enum(['tcp', 'udp']).default('tcp'),
});

const credentialsSchema = z.strictObject({
  username: z.string().optional(),
  password: z.string().optional(),
  identityToken: z.string().optional(),
  server: z.string().optional(),
});

const swarmSchema = z.strictObject({
  replicas: z.number().int().min(0).max(10_000).default(1),
  /** `node.role==worker`, as `docker service create --constraint` takes them. */
  constraints: z.array(z.string().min(1)).default([]),
  /** Tasks updated at a time; 0: all. */
  updateParallelism: z.number().int().min(0).default(1),
  /** Milliseconds between two groups of updated tasks. */
  updateDelay: z.number().int().min(0).default(0),
  /** `start-first` starts the new task before the old one is stopped. */
  updateOrder: z.enum(['stop-first', 'start-first']).default('stop-first'),
  updateFailureAction: z.enum(['pause', 'continue', 'rollback']).default('pause'),
});

const settingsSchema = z.strictObject({
  /** An image of a registry or of the engine. Without it one is made from what this machine has. */
  image: z
    .string()
    .min(1)
    .regex(/^[\w][\w.\-/:@]*$/, 'expected the name of an image')
    .optional(),
  pull: z.enum(['missing', 'always', 'never']).default('missing'),
  credentials: credentialsSchema.optional(),
  /** `none`, `host`, `bridge`, or a network of the engine. */
  network: z.string().min(1).optional(),
  ports: z.array(portSchema).default([]),
  mounts: z.array(mountSchema).default([]),
  tmpfs: z.array(absolute).default([]),
  /** Files and folders of this machine that are packed into an image made here. */
  files: z.array(absolute).default([]),
  /** As the engine's API has it, over what this adapter says. */
  hostConfig: z.record(z.string(), z.json()).default({}),
  swarm: swarmSchema.optional(),
});

export type ContainerSettings = z.output<typeof settingsSchema>;
export type SwarmSettings = z.output<typeof swarmSchema>;

/** For the test that compares them with `settingNames`. */
export const schemaNames: readonly string[] = Object.keys(settingsSchema.shape);

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
