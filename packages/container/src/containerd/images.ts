import { createHash } from 'node:crypto';
import { arch } from 'node:os';
import { EngineError } from '../engine/engine-error.ts';
import type { Connection } from './connection.ts';
import { readJson } from './content.ts';
import { unlessMissing } from './grpc-error.ts';
import type { Descriptor } from './messages.ts';

/** OCI image configuration, the parts that matter for a container. */
export interface ImageConfig {
  readonly User?: string;
  readonly Env?: readonly string[];
}

export interface ResolvedImage {
  readonly name: string;
  readonly config: ImageConfig;
  readonly layers: readonly Descriptor[];
  readonly diffIds: readonly string[];
  readonly configDigest: string;
}

interface JsonDescriptor extends Descriptor {
  readonly platform?: { readonly architecture?: string; readonly os?: string };
}

interface Manifest {
  readonly manifests?: readonly JsonDescriptor[];
  readonly config?: JsonDescriptor;
  readonly layers?: readonly JsonDescriptor[];
}

/** Go's names. */
const architecture = (): string => ({ x64: 'amd64', ia32: '386' })[arch() as string] ?? arch();

/** What `nginx` is called when docker or `ctr images pull` brought it. */
function fullName(reference: string): string {
  const tagged = /[:@][^/]*$/.test(reference) ? reference : `${reference}:latest`;
  const [first = '', ...rest] = tagged.split('/');
  if (rest.length === 0) return `docker.io/library/${tagged}`;
  return /[.:]|^localhost$/.test(first) ? tagged : `docker.io/${tagged}`;
}

/** The name it has in the store: as given, else in full. */
export async function findImage(
  connection: Connection,
  reference: string,
): Promise<{ name: string; target: Descriptor } | undefined> {
  for (const name of new Set([reference, fullName(reference)])) {
    const found = await unlessMissing(
      connection.ask<{ image: { target: Descriptor } }>('Images.Get', { name }),
    );
    if (found) return { name, target: found.image.target };
  }
  return undefined;
}

/** What a layer and all below it are called as a snapshot (OCI image-spec, config.md, "Layer ChainID"). */
export function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const parent = chain.at(-1);
    const hash = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
    chain.push(parent === undefined ? diffId : hash(`${parent} ${diffId}`));
  }
  return chain;
}

/** What was read under these digests: they name bytes, so it never changes. */
const known = new Map<string, Omit<ResolvedImage, 'name'>>();

async function read(connection: Connection, target: Descriptor): Promise<Omit<ResolvedImage, 'name'>> {
  let manifest = await readJson<Manifest>(connection, target);
  if (manifest.manifests) {
    const fits = manifest.manifests.find(
      ({ platform }) => platform?.os === 'linux' && platform.architecture === architecture(),
    );
    if (!fits) throw new EngineError('invalid', `the image has nothing for linux/${architecture()}`);
    manifest = await readJson<Manifest>(connection, fits);
  }
  if (!manifest.config || !manifest.layers) throw new EngineError('invalid', `${target.digest}: no manifest`);
  const json = await readJson<{ config?: ImageConfig; rootfs?: { diff_ids?: string[] } }>(
    connection,
    manifest.config,
  );
  return {
    config: json.config ?? {},
    layers: manifest.layers,
    diffIds: json.rootfs?.diff_ids ?? [],
    configDigest: manifest.config.digest,
  };
}

/** @throws EngineError `no-image` */
export async function resolveImage(connection: Connection, reference: string): Promise<ResolvedImage> {
  const found = await findImage(connection, reference);
  if (!found) throw new EngineError('no-image', `containerd has no image ${reference} in its namespace`);
  const { digest } = found.target;
  const image = known.get(digest) ?? (await read(connection, found.target));
  known.set(digest, image);
  return { name: found.name, ...image };
}
