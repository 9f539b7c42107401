import { z } from 'zod';
import { quote, sizeIn } from './spec-fields.ts';

const atLeast = (least: number, what: string) =>
  sizeIn.refine((size) => size >= least, { error: `expected at least ${what}` });

/** `150%` or 1.5 in: processors, 1 being one whole core. */
const cpuQuotaIn = z.union([z.string(), z.number()]).transform((value, context) => {
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)%$/.exec(value.trim()) : undefined;
  const cpus = typeof value === 'number' ? value : match ? Number(match[1]) / 100 : Number.NaN;
  if (cpus >= 0.01 && cpus <= 1024) return cpus;
  context.addIssue({
    code: 'custom',
    message: `expected processors (0.5) or a percentage of one ("50%"), at least 1%, got ${quote(value)}`,
  });
  return z.NEVER;
});

/** What a daemon and everything it starts may use together. */
export const resourcesSchema = z.strictObject({
  /** Bytes. Over it the daemon is killed and reported as `oom`. */
  memoryMax: atLeast(1024 * 1024, '1M').optional(),
  /** Bytes of swap beside memoryMax. */
  memorySwapMax: sizeIn.optional(),
  cpuQuota: cpuQuotaIn.optional(),
  /** 1 to 10000, 100 being the default share. */
  cpuWeight: z.number().int().min(1).max(10_000).optional(),
  /** Bytes a second, for each block device. */
  ioReadBps: atLeast(1024, '1k').optional(),
  ioWriteBps: atLeast(1024, '1k').optional(),
  /** Processes and threads. */
  pidsMax: z.number().int().min(1).max(4_194_304).optional(),
  /** File descriptors of each process. */
  openFilesMax: z.number().int().min(3).max(1_073_741_816).optional(),
  /** Bytes that each process may lock into memory. */
  lockMemory: sizeIn.optional(),
});

/** What a daemon may do. Nothing is restricted unless asked for. */
export const sandboxSchema = z.strictObject({
  /** `read-only`: everything but what `writable` names. `private`: nothing of the host's home and temporary folders. */
  filesystem: z
    .strictObject({
      mode: z.enum(['host', 'read-only', 'private']),
      writable: z.array(z.string().startsWith('/')).default([]),
    })
    .optional(),
  /** `none`: no network at all but loopback. */
  network: z.enum(['host', 'none']).optional(),
  /** The only Linux capabilities that are kept: `CAP_NET_BIND_SERVICE`. */
  capabilities: z.array(z.string().regex(/^CAP_[A-Z_]+$/, 'expected a name like CAP_NET_ADMIN')).optional(),
  noNewPrivileges: z.boolean().optional(),
  /** `default`: the platform's own filter. Otherwise the names of the calls that are denied. */
  seccomp: z
    .union([z.literal('default'), z.strictObject({ deny: z.array(z.string().regex(/^[a-z0-9_]+$/)) })])
    .optional(),
});

export const logsSchema = z.strictObject({
  /** Bytes of one log file before it is rotated. */
  maxSize: atLeast(4096, '4k').default(10 * 1024 * 1024),
  /** Rotated files that are kept beside the current one. */
  files: z.number().int().min(0).max(1000).default(5),
});
