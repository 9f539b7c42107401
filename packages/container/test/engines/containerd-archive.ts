/** A docker-archive that holds the probe at /probe, as `docker save` would write it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { arch } from 'node:os';
import { fileURLToPath } from 'node:url';

const probe = fileURLToPath(new URL(`../../../conformance/prebuilt/linux-${arch()}/probe`, import.meta.url));

/** ustar, pax(1); also used where a broken one is wanted. */
export function tarHeader(name: string, size: number, type: '0' | '2' | '5' = '0', target = ''): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000755', 100);
  header.write('0000000', 108);
  header.write('0000000', 116);
  header.write(size.toString(8).padStart(11, '0'), 124);
  header.write('00000000000', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(target, 157);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

export function tarFile(name: string, body: Buffer): Buffer {
  return Buffer.concat([tarHeader(name, body.length), body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

const end = Buffer.alloc(1024);

/** `padding`: bytes of a file beside the probe. */
export function imageArchive(padding = 0): Buffer {
  const folders = ['etc/', 'proc/', 'sys/', 'dev/', 'tmp/'].map((name) => tarHeader(name, 0, '5'));
  const pad = padding > 0 ? [tarFile('pad', Buffer.alloc(padding, 'x'))] : [];
  const first = Buffer.concat([...folders, tarFile('probe', readFileSync(probe)), end]);
  const second = Buffer.concat([tarFile('etc/hello', Buffer.from('hello\n')), ...pad, end]);
  const diffIds = [first, second, second].map(
    (layer) => `sha256:${createHash('sha256').update(layer).digest('hex')}`,
  );
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Env: ['FROM_IMAGE=1'] },
      rootfs: { type: 'layers', diff_ids: diffIds },
    }),
  );
  const manifest = [
    { Config: 'config.json', RepoTags: ['x:1'], Layers: ['a/layer.tar', 'b/layer.tar', 'c/layer.tar'] },
  ];
  return Buffer.concat([
    tarFile('a/layer.tar', first),
    tarFile('b/layer.tar', second),
    tarHeader('c/layer.tar', 0, '2', '../b/layer.tar'),
    tarFile('config.json', config),
    tarFile('manifest.json', Buffer.from(JSON.stringify(manifest))),
    end,
  ]);
}

/** In pieces that fit no block. */
export const stream = (bytes: Buffer) =>
  async function* (): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += 70_001) yield bytes.subarray(at, at + 70_001);
  };
