import { posix } from 'node:path';
import { EngineError } from '../engine/engine-error.ts';
import type { Connection } from './connection.ts';
import { type Blob, writeBlob } from './content.ts';
import { readTar, type TarEntry } from './tar-reader.ts';

/** Bytes of an entry that is kept in memory until the manifest says what it is. */
const smallSize = 256 << 10;

/** Bytes of all those together. */
const smallLimit = 64 << 20;

export interface ArchiveLayer extends Blob {
  readonly compressed: boolean;
}

export interface Archive {
  readonly config: Buffer;
  readonly diffIds: readonly string[];
  readonly layers: readonly ArchiveLayer[];
}

const isGzip = (start: Buffer | undefined): boolean => start?.[0] === 0x1f && start[1] === 0x8b;

const unusable = (why: string): EngineError => new EngineError('invalid', `The image archive: ${why}`);

async function collect(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** What the archive holds, by its path in there. */
class Contents {
  readonly #connection: Connection;
  readonly #lease: string;
  readonly #small = new Map<string, Buffer>();
  readonly #stored = new Map<string, ArchiveLayer>();
  readonly #links = new Map<string, string>();
  #held = 0;

  constructor(connection: Connection, lease: string) {
    this.#connection = connection;
    this.#lease = lease;
  }

  async add({ name, type, size, target, symbolic, body }: TarEntry): Promise<void> {
    if (type === 'link') {
      // `docker save` writes a layer that occurs twice as a link.
      const path = symbolic ? posix.join(posix.dirname(name), target) : target;
      this.#links.set(name, posix.normalize(path));
    } else if (type === 'file' && size > smallSize) this.#stored.set(name, await this.#store(body));
    else if (type === 'file') {
      this.#held += size;
      if (this.#held > smallLimit) throw unusable('it has too many small files');
      this.#small.set(name, await collect(body));
    }
  }

  small(path: string): Buffer {
    const found = this.#small.get(path);
    if (!found) throw unusable(`no ${path} in it, or it is too large`);
    return found;
  }

  async layer(path: string): Promise<ArchiveLayer> {
    const name = this.#links.get(path) ?? path;
    const stored = this.#stored.get(name) ?? (await this.#store([this.small(name)]));
    this.#stored.set(name, stored);
    return stored;
  }

  async #store(body: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<ArchiveLayer> {
    let compressed: boolean | undefined;
    const watched = async function* (): AsyncGenerator<Buffer> {
      for await (const piece of body) {
        compressed ??= isGzip(piece);
        yield piece;
      }
    };
    const blob = await writeBlob(this.#connection, watched(), { lease: this.#lease });
    return { ...blob, compressed: compressed ?? false };
  }
}

/**
 * Reads what `docker save` writes (moby, image/spec/v1.2.md): manifest.json may come last, so that whatever is large goes into the
 * content store as it comes. What turns out to be no layer goes with the lease. @throws EngineError `invalid`
 */
export async function readArchive(
  connection: Connection,
  archive: AsyncIterable<Buffer>,
  lease: string,
): Promise<Archive> {
  const contents = new Contents(connection, lease);
  for await (const entry of readTar(archive)) await contents.add(entry);
  const manifest = parse(contents.small('manifest.json')) as { Config?: string; Layers?: string[] }[];
  const { Config: configPath, Layers: paths } = manifest[0] ?? {};
  if (manifest.length !== 1 || !configPath || !paths) throw unusable('manifest.json must name one image');
  const config = contents.small(configPath);
  const { rootfs } = parse(config) as { rootfs?: { diff_ids?: string[] } };
  const diffIds = rootfs?.diff_ids ?? [];
  if (diffIds.length !== paths.length) throw unusable('its config has another number of layers');
  const layers: ArchiveLayer[] = [];
  for (const [index, path] of paths.entries()) {
    const layer = await contents.layer(path);
    if (!layer.compressed && layer.digest !== diffIds[index]) {
      throw unusable(`${path} is ${layer.digest}, not ${diffIds[index]}`);
    }
    layers.push(layer);
  }
  return { config, diffIds, layers };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new EngineError('invalid', 'The image archive: no JSON where it must be', { cause });
  }
}
