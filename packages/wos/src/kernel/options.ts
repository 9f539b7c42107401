// The small edition: the whole one takes longer to load than a kernel to boot.
import * as z from 'zod/mini';
import { isGrant, parseAddress } from './grants.ts';
import { lastPid } from './process-list.ts';
import type { TraceEvent } from './trace.ts';
import { lowestPriority, normalPriority } from './weights.ts';

const text = z
  .string('expected text')
  .check(z.refine((value) => !value.includes('\0'), { error: 'expected no NUL character', abort: true }));
const filled = text.check(z.minLength(1, 'expected some text'));
const guestPath = text.check(
  z.refine((value) => value.startsWith('/'), { error: 'expected an absolute path, "/data"' }),
);
const grant = text.check(z.refine(isGrant, { error: 'expected "host:port", "host:*", "*:port" or "*"' }));
const address = text.check(
  z.refine((value) => parseAddress(value) !== undefined && !value.includes('*'), {
    error: 'expected "host:port"',
  }),
);

function whole(least: number, most: number) {
  const error = `expected a whole number from ${least} to ${most}`;
  return z.int(error).check(z.gte(least, error), z.lte(most, error));
}

function number(least: number) {
  const error = `expected a number of at least ${least}`;
  return z.number(error).check(z.gte(least, error));
}

/** Bytes of all arguments, or of the whole environment, as on Linux. */
const listBytesMax = 2 * 1024 * 1024;
const list = z.array(text, 'expected a list of texts').check(
  z.refine((all) => all.reduce((sum, item) => sum + Buffer.byteLength(item) + 1, 0) <= listBytesMax, {
    error: 'expected at most 2 MiB together',
  }),
);

const log = z.strictObject({
  folder: filled,
  maxSize: z._default(whole(4096, 2 ** 50), 10 * 1024 * 1024),
  files: z._default(whole(0, 1000), 5),
});
/** A callback gets the bytes as they come; the process waits while it has 1 MiB to do. */
const callback = z.custom<(bytes: Uint8Array) => void | Promise<void>>(
  (value) => typeof value === 'function',
);
const output = z.union([z.literal('ignore'), log, callback], {
  error: 'expected "ignore", { folder } or a function that takes bytes',
});

const names = z.record(text, text, 'expected names and values').check(
  z.refine((all) => Object.keys(all).every((name) => name !== '' && !name.includes('=')), {
    error: 'expected names without "="',
  }),
);
const environment = z.pipe(
  z.pipe(
    names,
    z.transform((all) => Object.entries(all).map(([name, value]) => `${name}=${value}`)),
  ),
  list,
);

const module = z.union(
  [
    filled,
    z.custom<Uint8Array>((value) => value instanceof Uint8Array),
    z.strictObject({ id: z.int(), hash: z.string() }),
  ],
  { error: 'expected a path, bytes, or a loaded module' },
);

/** What a process of the kind script runs: its module is then QuickJS. */
const script = z.strictObject({
  text: filled,
  name: filled,
  map: z.optional(filled),
});

/** A callback gets the lines of sd_notify(3) by which a script tells about itself. */
const notify = z.custom<(lines: string) => void>((value) => typeof value === 'function');

/** A callback gets the calls as they come. */
const trace = z.custom<(events: readonly TraceEvent[]) => void>((value) => typeof value === 'function');

const capabilities = z.strictObject({
  preopens: z._default(
    z.array(z.strictObject({ guest: filled, host: filled, write: z.boolean('expected true or false') })),
    [],
  ),
  net: z.prefault(
    z.strictObject({
      /** What wos_listen() and wos_connect() may name. */
      listen: z._default(z.array(grant), []),
      connect: z._default(z.array(grant), []),
      /** Listened on before the process begins; their descriptors are in WOS_LISTEN_FDS. */
      open: z._default(z.array(address), []),
    }),
    {},
  ),
  /** To start processes, with wos_spawn(): they may do at most what it may. */
  spawn: z._default(z.boolean('expected true or false'), false),
});

const limits = z.strictObject({
  /** Bytes of linear memory; whole pages of 64 KiB count. */
  memoryMax: z._default(whole(65_536, 2 ** 32), 256 * 1024 * 1024),
  openFiles: z._default(whole(3, 65_536), 256),
  /** Cores: 0.5 is half of one. A process has one thread: more than 1 is no limit. */
  cpuQuota: z.optional(number(0.01)),
  /** Milliseconds of CPU time, after which it is ended by SIGXCPU. */
  cpuTime: z.optional(number(1)),
  /** Processes that it may start, those that they start and zombies included, at one time. Their other limits are its own. */
  processes: z._default(whole(0, 1_000_000), 32),
  /** Messages that wait for it. */
  mailboxCount: z._default(whole(0, 1_000_000), 1024),
  mailboxBytes: z._default(whole(0, 2 ** 30), 1024 * 1024),
});

export const spawnSchema = z.strictObject({
  /** For people: need not be unique. */
  name: filled.check(z.maxLength(256, 'expected at most 256 characters')),
  /** A WebAssembly file, its bytes, or what `Kernel.load()` returned. */
  module,
  script: z.optional(script),
  notify: z.optional(notify),
  /** Told of each system call from the first on, and of those of all that it starts, until `untrace()`. */
  trace: z.optional(trace),
  /** The first is what the program calls itself; `[name]` without. */
  args: z.optional(list),
  env: z.prefault(environment, {}),
  /** Where relative paths begin, in the process's own terms; in one of its directories. */
  cwd: z.optional(guestPath),
  /** 0 critical to 7 idle. */
  priority: z._default(whole(0, lowestPriority), normalPriority),
  parent: z._default(whole(1, 2 ** 31), 1),
  capabilities: z.prefault(capabilities, {}),
  limits: z.prefault(limits, {}),
  /** `process`: an OS process of its own. A crash of V8 in it is its end alone; it takes longer to start, and more memory. */
  isolation: z._default(z.enum(['shared', 'process'], 'expected "shared" or "process"'), 'shared'),
  stdin: z._default(z.enum(['ignore', 'host'], 'expected "ignore" or "host"'), 'ignore'),
  stdout: z._default(output, 'ignore'),
  stderr: z._default(output, 'ignore'),
});

export type SpawnOptions = z.input<typeof spawnSchema>;
export type CheckedSpawn = z.output<typeof spawnSchema>;

export const bootSchema = z.strictObject({
  /** Kernel threads; one for each core by default. */
  threads: z.optional(whole(1, 256)),
  /** Processes at one time, zombies included. */
  processLimit: z._default(whole(1, 1_000_000), 16_384),
  /** Folder for rewritten modules, so that the next kernel need not rewrite them; made if need be. None by default. */
  moduleCache: z.optional(filled),
  /** Ended processes of which the end is remembered. */
  history: z._default(whole(0, 1_000_000), 4096),
  /** The PID of the first process: what an earlier kernel has given is not given again. */
  firstPid: z._default(whole(2, lastPid), 2),
});
export type BootOptions = z.input<typeof bootSchema>;
