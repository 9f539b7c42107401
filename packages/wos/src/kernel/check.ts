import { PlatformError } from '@duende/core/contract';
import * as z from 'zod/mini';

function explain(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case 'unrecognized_keys':
      return `there is no setting ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    case 'invalid_type':
      // Without a message of its own: an object, or something that is missing.
      return issue.message === 'Invalid input' ? `expected an ${issue.expected}` : issue.message;
    default:
      return issue?.message ?? 'invalid';
  }
}

/** @throws PlatformError Config / invalid-setting with the field at fault */
export function check<T extends z.core.$ZodType>(schema: T, value: unknown, operation: string): z.output<T> {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.map(String).join('.') ?? '';
  throw new PlatformError('Config', `${field === '' ? operation : field}: ${explain(issue)}`, {
    reason: 'invalid-setting',
    platform: 'wos',
    operation,
    field,
  });
}
