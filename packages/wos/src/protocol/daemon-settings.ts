import { restartPolicies, type Signal, signals } from '@duende/core/contract';
import * as z from 'zod/mini';

/** Milliseconds. A spec has checked them: these bounds only keep nonsense out. */
export const milliseconds = z
  .number('expected milliseconds')
  .check(z.gte(0, 'expected milliseconds'), z.lte(366 * 86_400_000, 'expected at most a year'));

const absolutePath = z.string('expected a path').check(
  z.refine((path) => path.startsWith('/') && !path.includes('\0'), {
    error: 'expected an absolute path',
  }),
);

/** What a run of it is: as of `spawn`. What is in it is checked by the kernel, which names the field. */
export const runSettings = z.strictObject({
  module: absolutePath,
  /** A script: the module is QuickJS then. As `planJsDaemon()` makes it. */
  script: z.optional(z.strictObject({ text: z.string(), name: z.string(), map: z.optional(z.string()) })),
  args: z.optional(z.array(z.string('expected text'), 'expected a list of texts')),
  env: z.optional(z.record(z.string(), z.string('expected text'))),
  cwd: z.optional(z.string('expected a path')),
  priority: z.optional(z.number('expected 0 (critical) to 7 (idle)')),
  capabilities: z.optional(z.record(z.string(), z.unknown())),
  limits: z.optional(z.record(z.string(), z.unknown())),
  isolation: z.optional(z.string('expected text')),
});

const restart = z.strictObject({
  policy: z.enum(restartPolicies, 'expected one of the restart policies'),
  delay: milliseconds,
  factor: z.number().check(z.gte(1), z.lte(100)),
  maxDelay: milliseconds,
  /** 0: no limit. */
  maxRestarts: z.int().check(z.gte(0)),
  window: milliseconds,
});

const timing = {
  interval: milliseconds.check(z.gte(10, 'expected at least 10 ms')),
  timeout: milliseconds.check(z.gte(1, 'expected at least 1 ms')),
  retries: z.int().check(z.gte(1)),
  startPeriod: milliseconds,
};

const health = z.discriminatedUnion('type', [
  /** The first is the absolute path of a module, and what it calls itself; it gets what the daemon's own process gets. */
  z.strictObject({
    type: z.literal('command'),
    command: z.array(z.string()).check(z.minLength(1)),
    ...timing,
  }),
  z.strictObject({ type: z.literal('http'), url: z.string(), ...timing }),
  z.strictObject({
    type: z.literal('tcp'),
    host: z.string(),
    port: z.int().check(z.gte(1), z.lte(65_535)),
    ...timing,
  }),
]);

/** How a daemon is run: the names and meanings are those of the spec in @duende/core. */
export const daemonSettings = z.strictObject({
  run: runSettings,
  restart,
  readiness: z.enum(['none', 'notify']),
  startTimeout: milliseconds,
  stopSignal: z.enum(signals as [Signal, ...Signal[]], 'expected one of the signals'),
  stopTimeout: milliseconds,
  health: z.optional(health),
  logs: z.strictObject({ maxSize: z.int(), files: z.int() }),
  /** The whole checked spec. Not looked at, and given back by `daemon.find`. */
  spec: z.record(z.string(), z.unknown()),
});
export type DaemonSettings = z.output<typeof daemonSettings>;
export type HealthSettings = z.output<typeof health>;
