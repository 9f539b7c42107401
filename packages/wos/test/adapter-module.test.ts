import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { DaemonHandle } from '@duende/core';
import { expect, it } from 'vitest';
import { useAdapter } from './support/adapter.ts';
import { entries, type LogEntry } from './support/scripts.ts';

const { adapter, folder } = useAdapter();
const counter = new URL('../../../apps/example/src/daemon.ts', import.meta.url).pathname;

function write(name: string, body: string): string {
  const file = join(folder, `${name}.ts`);
  const head = "import { defineDaemon, detectPlatform } from '@duende/core';\n";
  writeFileSync(file, `${head}export default defineDaemon({ name: 'daemon', ${body} });`);
  return file;
}

async function logOf(handle: DaemonHandle, options = {}): Promise<LogEntry[]> {
  const texts: string[] = [];
  for await (const { text } of adapter.logs(handle, options)) texts.push(text);
  return entries(texts.join('\n'));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it('inside, the platform is wos, however it is asked for', async () => {
  const module = write(
    'where',
    'async run(ctx) { ctx.log.info("here", { detected: detectPlatform(), given: ctx.platform, env: process.env }); }',
  );
  const handle = await adapter.spawn({ name: 'where', module, env: { OWN: 'x' } });
  expect(handle).toMatchObject({ platform: 'wos', data: { kind: 'wos', pid: expect.any(Number) } });
  expect(await adapter.wait(handle)).toMatchObject({ state: 'stopped', exit: { code: 0 } });
  const [line] = (await logOf(handle)).filter(({ msg }) => msg === 'here');
  expect(line).toMatchObject({ detected: 'wos', given: 'wos', env: { OWN: 'x' } });
});

it('the counter of the example runs with a file that it may read, and not without', async () => {
  const file = join(folder, 'settings.json');
  writeFileSync(file, '{"intervalMs":20,"step":2}');
  const spec = { name: 'counter', module: counter, config: { file }, readiness: 'notify' } as const;
  await expect(adapter.spawn(spec)).rejects.toMatchObject({ code: 'SpawnFailed', reason: 'exec-failed' });
  expect(await adapter.find('counter')).toBeUndefined();
  const platform = { wos: { capabilities: [`fs:read=${folder}`] } };
  const handle = await adapter.spawn({ ...spec, platform });
  const follow = adapter.logs(handle, { follow: true });
  const counts: unknown[] = [];
  for await (const { text } of follow) {
    const [entry] = entries(text);
    if (entry?.msg === 'count') counts.push(entry.count);
    if (counts.length === 3) break;
  }
  expect(counts).toEqual([2, 4, 6]);
  const status = await adapter.stop(handle);
  expect(status).toMatchObject({ state: 'stopped', exit: { code: 0 } });
  expect((await logOf(handle, { tail: 1 }))[0]).toMatchObject({ msg: 'last count' });
});

it('its health is asked for over HTTP, without a grant for that', async () => {
  const port = await freePort();
  const module = write(
    'sick',
    `async run(ctx) { await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve)); },
    health() { globalThis.asked = (globalThis.asked ?? 0) + 1; if (globalThis.asked > 3) throw new Error('sick'); }`,
  );
  const health = { type: 'http', url: `http://127.0.0.1:${port}/`, interval: 50, retries: 2 } as const;
  const handle = await adapter.spawn({ name: 'sick', module, health, readiness: 'notify' });
  const status = await adapter.wait(handle);
  expect(status).toMatchObject({ state: 'failed', reason: 'watchdog' });
});

it('a module that cannot be bundled is a wrong setting, with file and line; nothing is left', async () => {
  const module = write('broken', "async run() { (await import('node:net')).connect(1); }");
  await expect(adapter.spawn({ name: 'broken', module })).rejects.toMatchObject({
    code: 'Config',
    field: 'module',
    message: expect.stringMatching(/broken\.ts:2: .*node:net/),
  });
  expect(await adapter.find('broken')).toBeUndefined();
});
