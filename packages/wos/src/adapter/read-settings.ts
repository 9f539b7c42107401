import type { DaemonSpec } from '@duende/core/contract';
import * as z from 'zod/mini';
import { wrong } from './errors.ts';
import { settingsSchema, type WosSettings } from './settings.ts';

/** `platform.wos` of a spec. @throws PlatformError Config / invalid-setting that names the field */
export function readSettings(spec: DaemonSpec): WosSettings {
  const { success, data, error } = z.safeParse(settingsSchema, spec.platform.wos ?? {});
  if (success) return data;
  const [issue] = error.issues;
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const path = [...(issue?.path ?? []), ...keys]
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('');
  throw wrong(
    `platform.wos${path}`,
    keys.length > 0 ? 'there is no such setting' : (issue?.message ?? 'is not valid'),
  );
}
