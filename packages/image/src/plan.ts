import { type Platform, PlatformError } from '@duende/core/contract';
import { ImageCache } from './cache.ts';
import type { FileEntry } from './entries.ts';
import { packExtra } from './extra.ts';
import { packPrograms } from './more-programs.ts';
import type { Packing } from './packing.ts';
import { type Account, addSkeleton, daemonUser } from './skeleton.ts';
import { type Owner, Tree } from './tree.ts';

/** What programs and modules are planned with. */
export interface PlanOptions {
  /** Of errors. */
  readonly platform: Platform;
  /** Further files and folders of the host, absolute: packed at the same path, folders with everything in them. */
  readonly extra?: readonly string[];
  /** Further programs, absolute, that run in the image too: packed as the main one, each with what it needs. */
  readonly programs?: readonly string[];
  /** Where the spec has them, for errors; `programs` without it. */
  readonly programsField?: string;
  /** Lines for /etc/passwd and /etc/group besides root, nobody and `duende` (65532). */
  readonly accounts?: readonly Account[];
  /** The daemon's environment. PATH (`env NAME`), LD_LIBRARY_PATH and TZ say which files it needs; nothing of it is stored. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whom it runs as, 65532:65532 without it. Files that others may not read on the host belong to it in the image. */
  readonly user?: Owner;
  /** Where digests, loader answers and bundles are remembered; made with mode 0700. */
  readonly cacheDirectory?: string;
}

/** What an image is made of. Nothing but the begin of programs has been read yet. */
export interface ImagePlan {
  readonly kind: 'program' | 'module';
  readonly platform: Platform;
  /** What to execute in the image; the program is an absolute path. */
  readonly argv: readonly string[];
  readonly user: Owner;
  readonly entries: readonly FileEntry[];
}

/** Everything in the root file system of a plan, folders first, sorted by path: for an archive of another kind (an initramfs). */
export const fileEntries = (plan: ImagePlan): readonly FileEntry[] => plan.entries;

function requireLinux(platform: Platform): void {
  if (process.platform === 'linux') return;
  throw new PlatformError(
    'NotSupported',
    `Images are made of Linux programs, and this host is ${process.platform}`,
    {
      reason: 'unavailable',
      platform,
      operation: 'spawn',
      hint: 'Give the daemon an image',
    },
  );
}

/** Fills a tree by `pack`, and puts the skeleton around it. */
export async function makePlan(
  kind: ImagePlan['kind'],
  argv: readonly string[],
  options: PlanOptions,
  pack: (packing: Packing) => Promise<void>,
): Promise<ImagePlan> {
  requireLinux(options.platform);
  const { platform, user = daemonUser, env = {} } = options;
  const cache = new ImageCache(options.cacheDirectory);
  const packing: Packing = { tree: new Tree(user), cache, platform, env };
  await pack(packing);
  await packPrograms(options.programs ?? [], options.programsField ?? 'programs', packing);
  for (const path of options.extra ?? []) packExtra(path, packing);
  addSkeleton(packing, options.accounts ?? [], user);
  await cache.save();
  return { kind, platform, argv, user, entries: packing.tree.list() };
}
