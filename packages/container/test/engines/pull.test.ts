import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { prebuiltProbe } from '@duende/conformance';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ContainerAdapter } from '../../src/index.ts';
import { selectEngine } from '../../src/select-engine.ts';
import { addressOf } from './engines.ts';
import { makeStateDirectory } from './harness.ts';

const stateDirectory = makeStateDirectory();
const host = addressOf('docker');
const said: string[] = [];
const adapter = new ContainerAdapter({
  runtime: 'docker',
  host,
  stateDirectory,
  onProgress: (text) => said.push(text),
});
const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const blobs = new Map<string, Buffer>();
let manifest: Buffer;
/** What the registry does beside answering: it breaks in the middle of the layer, or wants to know who asks. */
let mode: 'good' | 'breaks' | 'private' = 'good';

/** A registry on the loopback, which Docker takes without TLS (OCI distribution-spec, "Pull"). */
const registry = createServer((request, response) => {
  const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`;
  if (mode === 'private' && request.headers.authorization !== authorization) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end('{}');
    return;
  }
  const [, kind, reference = ''] = /\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
  if (kind === undefined) return void response.end('{}');
  const body = kind === 'manifests' ? manifest : blobs.get(reference);
  if (body === undefined) return void response.writeHead(404).end('{}');
  const type =
    kind === 'manifests'
      ? 'application/vnd.docker.distribution.manifest.v2+json'
      : 'application/octet-stream';
  response.writeHead(200, {
    'content-type': type,
    'content-length': body.length,
    'docker-content-digest': digestOf(body),
  });
  if (request.method === 'HEAD') return void response.end();
  if (mode === 'breaks' && body.length > 10_000) {
    response.write(body.subarray(0, 5000), () => response.destroy());
    return;
  }
  response.end(body);
});

const imageOf = (tag: string): string =>
  `127.0.0.1:${(registry.address() as AddressInfo).port}/team/probe:${tag}`;

beforeAll(async () => {
  const folder = mkdtempSync('/var/tmp/duende-pull-');
  copyFileSync(prebuiltProbe() as string, join(folder, 'probe'));
  const { stdout } = await execa('tar', ['-cf', '-', '--mtime=@0', '-C', folder, 'probe'], {
    encoding: 'buffer',
  });
  rmSync(folder, { recursive: true });
  const tar = Buffer.from(stdout);
  const layer = gzipSync(tar);
  const architecture = { x64: 'amd64' }[process.arch as string] ?? process.arch;
  const rootfs = { type: 'layers', diff_ids: [digestOf(tar)] };
  const config = Buffer.from(JSON.stringify({ architecture, os: 'linux', config: {}, rootfs }));
  for (const blob of [layer, config]) blobs.set(digestOf(blob), blob);
  const part = (kind: string, bytes: Buffer) => ({
    mediaType: `application/vnd.docker.${kind}`,
    size: bytes.length,
    digest: digestOf(bytes),
  });
  manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: part('container.image.v1+json', config),
      layers: [part('image.rootfs.diff.tar.gzip', layer)],
    }),
  );
  await new Promise<void>((resolve) => void registry.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
  await adapter.close();
  registry.closeAllConnections();
  registry.close();
  rmSync(stateDirectory, { recursive: true, force: true });
});

const spec = (name: string, container: Record<string, string | object>) => ({
  name: `${name}-${process.pid}`,
  program: '/probe',
  args: ['park'],
  platform: { container: container as never },
});

async function leavesNothing(name: string): Promise<void> {
  const engine = await selectEngine({ runtime: 'docker', host });
  expect(await engine.list({ 'dev.duende.name': name })).toEqual([]);
  engine.close();
  const left = readdirSync(join(stateDirectory, 'container', 'docker')).filter(
    (entry) => !entry.startsWith('.'),
  );
  expect(left).toEqual([]);
}

it('a pull that breaks in the middle: one clear line, nothing is left', async () => {
  mode = 'breaks';
  const broken = spec('broken', { image: imageOf('1') });
  await adapter.list();
  const error = await adapter.spawn(broken).catch((error: unknown) => error as Error);
  expect(error).toMatchObject({ code: 'SpawnFailed' });
  expect((error as Error).message).toMatch(/^Docker cannot pull 127\.0\.0\.1:\d+\/team\/probe:1: [^\n]+$/);
  mode = 'good';
  expect(await adapter.find(broken.name)).toBeUndefined();
}, 120_000);

it('an image that is missing is pulled, with progress, and not again', async () => {
  mode = 'good';
  said.length = 0;
  const handle = await adapter.spawn(spec('pulled', { image: imageOf('1') }));
  expect((await adapter.status(handle)).state).toBe('running');
  expect(said.join('\n')).toMatch(/Pulling from team\/probe[\s\S]*(Download complete|Pull complete)/);
  await adapter.remove(handle, { force: true });
  said.length = 0;
  const again = await adapter.spawn(spec('pulled', { image: imageOf('1') }));
  expect(said).toEqual([]);
  await adapter.remove(again, { force: true });
  await leavesNothing(again.name);
});

it('credentials are for the pull alone', async () => {
  mode = 'private';
  const image = imageOf('2');
  await expect(adapter.spawn(spec('private', { image }))).rejects.toMatchObject({ code: 'SpawnFailed' });
  const credentials = { username: 'me', password: 'secret' };
  const handle = await adapter.spawn(spec('private', { image, credentials }));
  expect((await adapter.status(handle)).state).toBe('running');
  const base = join(stateDirectory, 'container', 'docker');
  for (const key of readdirSync(base).filter((entry) => !entry.startsWith('.')))
    expect(readFileSync(join(base, key, 'spec.json'), 'utf8')).not.toContain('secret');
  await adapter.remove(handle, { force: true });
  await leavesNothing(handle.name);
});
