import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startHost } from './run-host.ts';

/** A port of this machine, and how to give it back. */
async function takePort(): Promise<{ port: number; release: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const release = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { port: (server.address() as { port: number }).port, release };
}

async function startHealthy(config: Record<string, unknown>) {
  const { port, release } = await takePort();
  await release();
  const url = `http://127.0.0.1:${port}/healthz`;
  const host = startHost('healthy', { config, env: { DUENDE_HEALTH_URL: url } });
  return { host, url };
}

const probe = async (url: string, init: RequestInit = {}) => {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

test('200 with detail and metrics when healthy; only GET, only that path', async () => {
  const { host, url } = await startHealthy({ health: 'good' });
  await host.line('ready');
  expect(await probe(url)).toMatchObject({
    status: 200,
    body: {
      healthy: true,
      daemon: 'healthy',
      state: 'running',
      detail: { queue: '3' },
      metrics: { count: 1, errors: 0 },
    },
  });
  expect((await probe(`${url}?verbose=1`)).status).toBe(200);
  expect((await probe(url, { method: 'POST' })).status).toBe(405);
  expect((await probe(url.replace('healthz', 'other'))).status).toBe(404);
  host.child.kill('SIGTERM');
  expect((await host.end()).exitCode).toBe(0);
});

test.each([
  ['bad', { queue: '3' }],
  ['throws', { error: 'no database' }],
])('503 when health is %s', async (health, detail) => {
  const { host, url } = await startHealthy({ health });
  await host.line('ready');
  expect(await probe(url)).toMatchObject({ status: 503, body: { healthy: false, detail } });
});

test('503 after a bounded time when health() hangs, for many probes at once', async () => {
  const { host, url } = await startHealthy({ health: 'hangs' });
  await host.line('ready');
  const begun = performance.now();
  const answers = await Promise.all([probe(url), probe(url), probe(url)]);
  expect(performance.now() - begun).toBeLessThan(8000);
  for (const answer of answers) {
    expect(answer).toMatchObject({
      status: 503,
      body: { detail: { error: expect.stringContaining('3000 ms') } },
    });
  }
  host.child.kill('SIGTERM');
  expect((await host.end()).exitCode).toBe(0);
});

test('answers before init has finished, with 503', async () => {
  const { host, url } = await startHealthy({ health: 'good', initMs: 700 });
  await host.line('init');
  expect(await probe(url)).toMatchObject({ status: 503, body: { healthy: false, state: 'starting' } });
  await host.line('ready');
  expect((await probe(url)).status).toBe(200);
});

test('an address in use is a clear error', async () => {
  const { port, release } = await takePort();
  onTestFinished(release);
  const url = `http://127.0.0.1:${port}/`;
  const { exitCode, stderr } = await startHost('healthy', {
    config: { health: 'good' },
    env: { DUENDE_HEALTH_URL: url },
  }).end();
  expect(exitCode).toBe(1);
  expect(stderr).toHaveLength(1);
  expect(stderr[0]?.msg).toBe(`Cannot answer health probes at ${url}: the address is in use (EADDRINUSE)`);
});

test('an address that is none is refused with EX_CONFIG; without health() nothing is served', async () => {
  const env = { DUENDE_HEALTH_URL: 'ftp://127.0.0.1/' };
  const refused = await startHost('healthy', { config: { health: 'good' }, env }).end();
  expect(refused.exitCode).toBe(78);
  expect((await startHost('configured', { env }).end()).exitCode).toBe(0);
});
