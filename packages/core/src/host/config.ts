import type { z } from 'zod';
import { configProblem } from './host-error.ts';

function describe(issues: readonly z.core.$ZodIssue[]): string {
  return issues
    .map((issue) => {
      const path = issue.path
        .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
        .join('')
        .replace(/^\./, '');
      return path ? `${path}: ${issue.message}` : issue.message;
    })
    .join('; ')
    .replace(/\s*[\r\n]+\s*/g, ' ');
}

/**
 * The configuration as the daemon's schema returns it. Without any, `{}` is tried too, so that a schema of settings that
 * all have defaults needs no configuration.
 * @throws HostError (exit code 78) naming every wrong field.
 */
export async function validateConfig<Schema extends z.ZodType>(
  name: string,
  schema: Schema | undefined,
  input: unknown,
): Promise<z.output<Schema>> {
  if (schema === undefined) {
    if (input === undefined || input === null) return undefined as z.output<Schema>;
    throw configProblem(`Daemon ${name} takes no config, but one was given`);
  }
  const result = await schema.safeParseAsync(input);
  if (result.success) return result.data;
  let issues = result.error.issues;
  if (input === undefined) {
    const empty = await schema.safeParseAsync({});
    if (empty.success) return empty.data;
    // The missing fields say more than "expected an object".
    if (empty.error.issues.some((issue) => issue.path.length > 0)) issues = empty.error.issues;
  }
  throw configProblem(`Invalid config of daemon ${name}: ${describe(issues)}`);
}
