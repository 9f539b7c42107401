import type { PlatformAdapter } from '@duende/core';
import type { AdapterHarness } from './harness.ts';

/** Whether the suite can run, and if not, whether that counts as a failure. */
export type Verdict =
  | { readonly run: true; readonly adapter: PlatformAdapter; readonly engine: string }
  | {
      readonly run: false;
      readonly platform: PlatformAdapter['platform'] | undefined;
      readonly required: boolean;
      readonly why: string;
    };

/** The platforms that `DUENDE_REQUIRE=native,linux` names: there, being unavailable is a failure. */
export function requiredPlatforms(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  return (env.DUENDE_REQUIRE ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}

export async function judgeAvailability(harness: AdapterHarness): Promise<Verdict> {
  const adapter = await harness.create();
  const { platform } = adapter;
  const availability = await adapter.probe();
  if (availability.available) return { run: true, adapter, engine: availability.engine };
  await adapter.close?.();
  const required = requiredPlatforms().includes(platform);
  const why = `${platform} is not available: ${availability.why}. ${availability.fix}`;
  return { run: false, platform, required, why: required ? `${why} (DUENDE_REQUIRE names it)` : why };
}
