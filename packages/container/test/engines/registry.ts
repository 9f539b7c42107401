import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { prebuiltProbe } from '@duende/conformance';
import { execa } from 'execa';

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** The manifest of an image with the probe in it, and what it names, by digest. */
async function makeImage(): Promise<{ manifest: Buffer; blobs: Map<string, Buffer> }> {
  const folder = mkdtempSync('/var/tmp/duende-pull-');
  copyFileSync(prebuiltProbe() as string, join(folder, 'probe'));
  const tarArguments = ['-cf', '-', '--mtime=@0', '-C', folder, 'probe'];
  const { stdout } = await execa('tar', tarArguments, { encoding: 'buffer' });
  rmSync(folder, { recursive: true });
  const tar = Buffer.from(stdout);
  const layer = gzipSync(tar);
  const architecture = { x64: 'amd64' }[process.arch as string] ?? process.arch;
  const rootfs = { type: 'layers', diff_ids: [digestOf(tar)] };
  const config = Buffer.from(JSON.stringify({ architecture, os: 'linux', config: {}, rootfs }));
  const part = (kind: string, bytes: Buffer) => ({
    mediaType: `application/vnd.docker.${kind}`,
    size: bytes.length,
    digest: digestOf(bytes),
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: part('container.image.v1+json', config),
    layers: [part('image.rootfs.diff.tar.gzip', layer)],
  };
  const blobs = new Map([layer, config].map((blob) => [digestOf(blob), blob]));
  return { manifest: Buffer.from(JSON.stringify(manifest)), blobs };
}

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';

/** What it does beside answering: it breaks in the middle of the layer, or wants to know who asks. */
export type RegistryMode = 'good' | 'breaks' | 'private';

/** A registry on the loopback, over HTTP (OCI distribution-spec, "Pull"). Every tag of `team/probe` is the probe. */
export async function startRegistry() {
  const { manifest, blobs } = await makeImage();
  const registry = { mode: 'good' as RegistryMode, image: (_tag: string) => '', stop: () => {} };
  const server = createServer((request, response) => {
    const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    if (registry.mode === 'private' && request.headers.authorization !== authorization) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end('{}');
      return;
    }
    const [, kind, reference = ''] = /\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
    if (kind === undefined) return void response.end('{}');
    const body = kind === 'manifests' ? manifest : blobs.get(reference);
    if (body === undefined) return void response.writeHead(404).end('{}');
    response.writeHead(200, {
      'content-type': kind === 'manifests' ? manifestType : 'application/octet-stream',
      'content-length': body.length,
      'docker-content-digest': digestOf(body),
    });
    if (request.method === 'HEAD') return void response.end();
    if (registry.mode === 'breaks' && body.length > 10_000) {
      response.write(body.subarray(0, 5000), () => response.destroy());
      return;
    }
    response.end(body);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  registry.image = (tag) => `127.0.0.1:${port}/team/probe:${tag}`;
  registry.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return registry;
}
