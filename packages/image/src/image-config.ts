import { defaultPath } from '@duende/program';
import type { ImagePlan } from './plan.ts';

/** What an image says about how it is run; an engine's own settings of a container come before it. */
export interface RuntimeConfig {
  readonly env?: Readonly<Record<string, string>>;
  /** `UID:GID`; the plan's user without it. */
  readonly user?: string;
  /** `/` without it. */
  readonly workingDirectory?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The label with the content key. */
export const keyLabel = 'dev.duende.image';

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

const sorted = (record: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

/** The config of an image (OCI image-spec config.md), without what depends on its layers and its key. */
export function imageConfig(plan: ImagePlan, runtime: RuntimeConfig = {}) {
  const {
    env = {},
    user = `${plan.user.uid}:${plan.user.gid}`,
    workingDirectory = '/',
    labels = {},
  } = runtime;
  return {
    architecture: architectures[process.arch] ?? process.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      Env: sorted({ PATH: defaultPath, ...env }).map(([name, value]) => `${name}=${value}`),
      User: user,
      WorkingDir: workingDirectory,
      Labels: Object.fromEntries(sorted(labels)),
    },
  };
}

export type ImageConfig = ReturnType<typeof imageConfig>;

/** The config file of the archive. */
export function configText(config: ImageConfig, key: string, diffIds: readonly string[]): Buffer {
  const Labels = { ...config.config.Labels, [keyLabel]: key };
  const rootfs = { type: 'layers', diff_ids: diffIds.map((digest) => `sha256:${digest}`) };
  return Buffer.from(JSON.stringify({ ...config, config: { ...config.config, Labels }, rootfs }));
}
