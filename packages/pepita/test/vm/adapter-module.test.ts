import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { testAdapter } from './adapter-harness.ts';

const { adapter, texts } = await testAdapter();

/** A port of this machine that nobody has. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

test('a module daemon in a guest knows that it is in a microVM', async () => {
  const handle = await adapter.spawn({ name: 'platform', module: fileOf('platform-daemon.ts') });
  expect(await adapter.wait(handle)).toMatchObject({ state: 'stopped' });
  const lines = (await texts(handle)).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toContainEqual(
    expect.objectContaining({ msg: 'platform', detected: 'pepita', given: 'pepita' }),
  );
});

test('a port leads into the guest when it is asked for, and the guest can be reached by no other', async () => {
  const host = await freePort();
  const platform = { pepita: { ports: [{ guest: 4000, host }] } };
  const module = fileOf('server-daemon.ts');
  const handle = await adapter.spawn({
    name: 'server',
    module,
    readiness: 'notify',
    startTimeout: '60s',
    platform,
  });
  const answer = await fetch(`http://127.0.0.1:${host}/`);
  expect(await answer.text()).toBe('from the guest');
  expect((await adapter.inspect(handle)).network).toEqual({
    outbound: false,
    ports: [{ protocol: 'tcp', hostPort: host, guestPort: 4000 }],
  });
  await adapter.remove(handle, { force: true });
  await expect(fetch(`http://127.0.0.1:${host}/`)).rejects.toThrow();
});
