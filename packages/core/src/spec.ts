import { z } from 'zod';
import { type RestartPolicy, restartPolicies } from './capabilities.ts';
import { configError } from './error.ts';
import type { Platform } from './platform.ts';
import { parseSignal, type Signal } from './signal.ts';
import { arg, durationIn, envSchema, nameSchema, pathIn } from './spec-fields.ts';
import { healthSchema } from './spec-health.ts';
import { logsSchema, resourcesSchema, sandboxSchema } from './spec-limits.ts';

const restartObject = z.strictObject({
  policy: z.enum(restartPolicies).default('never'),
  /** Delay before the first restart. */
  delay: durationIn.default(100),
  /** Each further delay is the last one times this. */
  factor: z.number().min(1).max(100).default(2),
  maxDelay: durationIn.default(30_000),
  /** More restarts than this within `window` end in `failed`, reason `restart-limit`. 0: no limit. */
  maxRestarts: z.number().int().min(0).max(1_000_000).default(10),
  /** Also the time after which a run counts as good and the delay begins anew. */
  window: durationIn.default(60_000),
});

/** `'always'` is short for `{ policy: 'always' }`. A union would lose which field of the object is wrong. */
const restartSchema = z
  .custom<RestartPolicy | z.input<typeof restartObject>>()
  .transform((value) => (typeof value === 'string' ? { policy: value } : value))
  .pipe(restartObject);

const signalIn = z.string().transform((text, context): Signal => {
  const signal = parseSignal(text);
  if (signal) return signal;
  context.addIssue({
    code: 'custom',
    message: `expected one of the nine signals (TERM, INT ...), got ${JSON.stringify(text)}`,
  });
  return z.NEVER;
});

const common = {
  name: nameSchema,
  env: envSchema.default({}),
  /** Absolute. The platform's own default without it (`/` on most). */
  cwd: pathIn.optional(),
  /** Name or number. */
  user: z.union([z.string().min(1), z.number().int().min(0)]).optional(),
  group: z.union([z.string().min(1), z.number().int().min(0)]).optional(),
  restart: restartSchema.default({
    policy: 'never',
    delay: 100,
    factor: 2,
    maxDelay: 30_000,
    maxRestarts: 10,
    window: 60_000,
  }),
  stopSignal: signalIn.default('TERM'),
  stopTimeout: durationIn.default(10_000),
  /** How long readiness `notify` may take. */
  startTimeout: durationIn.default(30_000),
  readiness: z.enum(['none', 'notify']).default('none'),
  health: healthSchema.optional(),
  resources: resourcesSchema.default({}),
  sandbox: sandboxSchema.default({}),
  logs: logsSchema.default({ maxSize: 10 * 1024 * 1024, files: 5 }),
  labels: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9_./-]{0,62}$/, 'expected a label name like app.kubernetes.io/part-of'),
      arg('a label'),
    )
    .default({}),
  /** What only one platform has, by platform name. */
  platform: z
    .partialRecord(
      z.enum(['native', 'systemd', 'launchd', 'container', 'pepita', 'wos']),
      z.record(z.string(), z.json()),
    )
    .default({}),
};

const programSchema = z.strictObject({
  ...common,
  program: pathIn,
  args: z.array(arg('an argument')).default([]),
});

const moduleSchema = z.strictObject({
  ...common,
  /** Path or file: URL of a module whose default export is a `defineDaemon` daemon. */
  module: pathIn,
  /** Given to the daemon as `ctx.config`, after its own schema has accepted it. */
  config: z.json().optional(),
});

export type ProgramSpec = z.output<typeof programSchema>;
export type ModuleSpec = z.output<typeof moduleSchema>;
/** A daemon, checked and with every default filled in: milliseconds, bytes, plain JSON. */
export type DaemonSpec = ProgramSpec | ModuleSpec;
/** A daemon as people write it: `10s`, `64M`, only what differs from the defaults. */
export type DaemonSpecInput = z.input<typeof programSchema> | z.input<typeof moduleSchema>;

export { moduleSchema, programSchema };

export function isModuleSpec(spec: DaemonSpec): spec is ModuleSpec {
  return 'module' in spec;
}

/** `env.PATH: expected ...; args[2]: ...` */
function describe(issues: readonly z.core.$ZodIssue[]): { field: string; text: string } {
  const texts = issues.map((issue) => {
    const path = issue.path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
      .join('');
    const field = path.replace(/^\./, '');
    if (issue.code === 'unrecognized_keys') {
      const keys = issue.keys.map((key) => (field ? `${field}.${key}` : key));
      return { field: keys[0] as string, text: `${keys.join(', ')}: no such setting` };
    }
    return { field, text: field ? `${field}: ${issue.message}` : issue.message };
  });
  return { field: texts[0]?.field ?? '', text: texts.map((entry) => entry.text).join('; ') };
}

/**
 * Checks what a user gave and fills in the defaults.
 * @throws PlatformError Config / invalid-setting that names every wrong field.
 */
export function parseSpec(input: unknown, platform?: Platform): DaemonSpec {
  const isObject = typeof input === 'object' && input !== null;
  const both = isObject && 'module' in input && 'program' in input;
  const neither = isObject && !('module' in input) && !('program' in input);
  if (both || neither) {
    throw configError(`Invalid daemon: expected ${both ? 'only one' : 'one'} of program and module`, {
      field: 'program',
      platform,
      operation: 'spawn',
      hint: 'Give program (with args) for any executable, or module for a defineDaemon module',
    });
  }
  const schema = isObject && 'module' in input ? moduleSchema : programSchema;
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const { field, text } = describe(result.error.issues);
  throw configError(`Invalid daemon: ${text}`, { field, platform, operation: 'spawn' });
}
