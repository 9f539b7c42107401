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

export const settingsSchema = z.strictObject({
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
