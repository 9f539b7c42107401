import { parseDuration, parseSize } from '@duende/core/contract';
import * as z from 'zod/mini';
import { parsePriority, priorityTitle } from '../cli/priority.ts';
import { parseCapability } from '../kernel/capability.ts';
import { parseAddress } from '../kernel/grants.ts';

const absolute = z.string('expected an absolute path').check(
  z.refine((path) => path.startsWith('/') && !path.includes('\0'), {
    error: 'expected an absolute path',
  }),
);

const preopen = z.strictObject({
  /** The directory on this machine. */
  host: absolute,
  /** What the process calls it; the same without it. */
  guest: z.optional(absolute),
  /** False: what is in it can only be read. */
  write: z._default(z.boolean('expected true or false'), false),
});

const capability = z.string('expected text').check(
  z.refine((text) => parseCapability(text) !== undefined, {
    error:
      'expected net, net:connect=HOST:PORT, net:listen=HOST:PORT, fs:read=DIR[:GUEST], fs:write=DIR[:GUEST] or spawn',
  }),
);

const address = z.string('expected "host:port"').check(
  z.refine((text) => parseAddress(text) !== undefined && !text.includes('*'), {
    error: 'expected "host:port"',
  }),
);

const priority = z
  .union([z.string(), z.number()], `expected ${priorityTitle}`)
  .check(
    z.refine((value) => parsePriority(String(value)) !== undefined, { error: `expected ${priorityTitle}` }),
  );

/** Bytes, of one process. */
const size = z
  .union([z.string(), z.number()], 'expected a size like 64M')
  .check(z.refine((value) => (parseSize(value) ?? 0) >= 65_536, { error: 'expected a size of 64k or more' }));

const duration = z
  .union([z.string(), z.number()], 'expected a time like 10s')
  .check(z.refine((value) => (parseDuration(value) ?? 0) >= 1, { error: 'expected a time of 1 ms or more' }));

const count = (most: number) =>
  z
    .int(`expected a whole number from 0 to ${most}`)
    .check(z.gte(0, 'expected 0 or more'), z.lte(most, `expected at most ${most}`));

/** `platform.wos` of a spec. A process may do nothing with files and network but what is granted here. */
export const settingsSchema = z.strictObject({
  /** As `--cap` of wos-ctl takes them. */
  capabilities: z._default(z.array(capability, 'expected a list of capabilities'), []),
  /** Directories that it may use: for paths that `capabilities` cannot say. */
  preopens: z._default(z.array(preopen, 'expected a list of directories'), []),
  /** Addresses that are listened on before it begins; their descriptors are in WOS_LISTEN_FDS. */
  open: z._default(z.array(address, 'expected a list of addresses'), []),
  priority: z.optional(priority),
  /** `process`: an OS process of its own, so that a crash of the engine is its end alone. */
  isolation: z.optional(z.enum(['shared', 'process'], 'expected "shared" or "process"')),
  /** Of each process. For one that may start others (capability `spawn`), `resources.memoryMax`, which counts them together, is refused. */
  memoryMax: z.optional(size),
  /** Processor time after which it is ended by SIGXCPU. */
  cpuTime: z.optional(duration),
  /** Messages that may wait for it, and their bytes. */
  mailboxCount: z.optional(count(1_000_000)),
  mailboxBytes: z.optional(count(2 ** 30)),
});

export type WosSettings = z.output<typeof settingsSchema>;

/** For the test that compares them with `settingNames`. */
export const schemaNames: readonly string[] = Object.keys(settingsSchema.def.shape);
