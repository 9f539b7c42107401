import type { FileEntry } from './entries.ts';
import { configText, type ImageConfig } from './image-config.ts';
import { type LayerOptions, layerSize, writeLayer } from './layer.ts';
import { sha256 } from './source.ts';
import { endOfTar, fileHeader, padding } from './tar.ts';

/** Everything that an archive is written from. */
export interface ArchiveInput {
  readonly reference: string;
  readonly key: string;
  readonly config: ImageConfig;
  readonly layers: readonly { readonly name: string; readonly entries: readonly FileEntry[] }[];
}

/** Digests come to be known while layers are written; their length does not change. */
const noDigest = '0'.repeat(64);
/** Bytes in which small pieces are handed on together. */
const pieceSize = 64 * 1024;

function manifestText({ reference, layers }: ArchiveInput, configName: string): Buffer {
  const manifest = { Config: configName, RepoTags: [reference], Layers: layers.map(({ name }) => name) };
  return Buffer.from(JSON.stringify([manifest]));
}

const fileSize = (name: string, size: number): number => fileHeader(name, size).length + size + padding(size);

/** Bytes of the whole archive, known before anything of it is read. */
export function archiveSize(input: ArchiveInput): number {
  const { layers, config, key } = input;
  const configName = `${noDigest}.json`;
  const diffIds = layers.map(() => noDigest);
  return [
    ...layers.map(({ name, entries }) => fileSize(name, layerSize(entries))),
    fileSize(configName, configText(config, key, diffIds).length),
    fileSize('manifest.json', manifestText(input, configName).length),
    endOfTar.length,
  ].reduce((total, size) => total + size, 0);
}

async function* pieces(input: ArchiveInput, options: LayerOptions): AsyncGenerator<Buffer> {
  const diffIds: string[] = [];
  for (const { name, entries } of input.layers) {
    yield fileHeader(name, layerSize(entries));
    const { digest } = yield* writeLayer(entries, options);
    diffIds.push(digest);
  }
  const config = configText(input.config, input.key, diffIds);
  const configName = `${sha256(config)}.json`;
  for (const [name, content] of [
    [configName, config],
    ['manifest.json', manifestText(input, configName)],
  ] as const) {
    yield fileHeader(name, content.length);
    yield Buffer.concat([content, Buffer.alloc(padding(content.length))]);
  }
  yield endOfTar;
}

/** A docker-archive (`docker save`), as docker, podman and ctr load it. Its last files say what the first ones are. */
export async function* writeArchive(input: ArchiveInput, options: LayerOptions): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const piece of pieces(input, options)) {
    waiting.push(piece);
    size += piece.length;
    if (size < pieceSize) continue;
    yield waiting.length === 1 ? piece : Buffer.concat(waiting, size);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting, size);
}
