import type { DaemonSpec } from '@duende/core/contract';
import type { ContainerSettings } from './settings.ts';

export interface HostImage {
  readonly image: { readonly reference: string; archive(): AsyncIterable<Buffer> };
  readonly program: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}
export async function imageOf(
  _spec: DaemonSpec,
  _settings: ContainerSettings,
  _cache: string,
): Promise<HostImage> {
  throw new Error('todo');
}
