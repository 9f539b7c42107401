// One image of a module daemon: `build-image.ts ADDRESS CACHE[#keep]`; without #keep the engine loses the image first.
import { fileURLToPath } from 'node:url';
import { buildImage, fileEntries, planModule } from '@duende/image';
import { Pool } from 'undici';

const [address = '', given = ''] = process.argv.slice(2);
const [cacheDirectory = '', keep] = given.split('#');
const module = fileURLToPath(new URL('../../../apps/example/src/daemon.ts', import.meta.url));
const pool = new Pool('http://engine', { socketPath: address.replace('unix://', '') });

async function ask(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: AsyncIterable<Buffer>,
): Promise<unknown> {
  const response = await pool.request({
    method,
    path,
    headersTimeout: 0,
    ...(body === undefined ? {} : { body: body as never, headers: { 'content-type': 'application/x-tar' } }),
  });
  const text = await response.body.text();
  if (response.statusCode === 404) return undefined;
  if (response.statusCode >= 300) throw new Error(text);
  return text.startsWith('{') && method === 'GET' ? JSON.parse(text) : text;
}

const name = 'bench';
const options = { module, platform: 'container', cacheDirectory } as const;
if (keep === undefined) {
  const plan = await planModule({ module, platform: 'container' });
  const { reference } = await buildImage(plan, { name });
  await ask('DELETE', `/images/${encodeURIComponent(reference)}?force=true`);
}
const start = performance.now();
const plan = await planModule(options);
const image = await buildImage(plan, { cacheDirectory, name });
const path = `/images/${encodeURIComponent(image.reference)}/json`;
if ((await ask('GET', path)) === undefined) await ask('POST', '/images/load?quiet=1', image.archive());
const milliseconds = performance.now() - start;
const inspected = (await ask('GET', path)) as { Size: number };
const fileBytes = fileEntries(plan).reduce((sum, entry) => {
  if ('identity' in entry) return sum + Number(entry.identity.size);
  return 'content' in entry ? sum + entry.content.length : sum;
}, 0);
process.stdout.write(JSON.stringify({ milliseconds, fileBytes, imageBytes: inspected.Size }));
await pool.close();
