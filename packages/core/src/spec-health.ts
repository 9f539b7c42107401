import { z } from 'zod';
import { arg, durationIn } from './spec-fields.ts';

const timing = {
  /** Between the end of one check and the begin of the next. */
  interval: durationIn.refine((value) => value >= 10, { error: 'expected at least 10ms' }).default(10_000),
  timeout: durationIn.refine((value) => value >= 1, { error: 'expected at least 1ms' }).default(5_000),
  /** Failed checks in a row that make the daemon unhealthy: it is then killed, and restarted by its policy. */
  retries: z.number().int().min(1).max(1000).default(3),
  /** Failures before this much time has passed since the start do not count. */
  startPeriod: durationIn.default(0),
};

const httpUrl = z.string().superRefine((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' && !url.username && !url.password) return;
  context.addIssue({
    code: 'custom',
    message: `expected an http:// address, got ${JSON.stringify(text.slice(0, 60))}`,
  });
});

export const healthSchema = z.discriminatedUnion('type', [
  /** Healthy when it exits 0. */
  z.strictObject({ type: z.literal('command'), command: z.array(arg('an argument')).min(1), ...timing }),
  /** Healthy when it answers a GET with a status from 200 to 399. */
  z.strictObject({ type: z.literal('http'), url: httpUrl, ...timing }),
  /** Healthy when it accepts a connection. */
  z.strictObject({
    type: z.literal('tcp'),
    host: z.string().min(1).default('127.0.0.1'),
    port: z.number().int().min(1).max(65_535),
    ...timing,
  }),
]);

export type HealthSpec = z.output<typeof healthSchema>;
