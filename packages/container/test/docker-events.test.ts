import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Connection } from '../src/docker/connection.ts';
import { Events } from '../src/docker/events.ts';
import { type Route, type StrictServer, serve } from './http-server.ts';

const call = 'GET /v1.47/events';
const event = (id: string): string =>
  `${JSON.stringify({ Type: 'container', Action: 'die', Actor: { ID: id, Attributes: { note: 'ä€' } } })}\n`;

const rejected: unknown[] = [];
const note = (error: unknown): void => void rejected.push(error);
beforeEach(() => {
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await sleep(20);
  process.off('unhandledRejection', note);
  expect(rejected.splice(0)).toEqual([]);
});

/** Streams that stay open, the newest last; each begins with `first`. */
function streaming(first = ''): { route: Route; open: ServerResponse[] } {
  const open: ServerResponse[] = [];
  const route: Route = (_, response) => {
    open.push(response);
    response.writeHead(200).flushHeaders();
    if (first) response.write(first);
  };
  return { route, open };
}

function eventsOf(server: StrictServer) {
  const connection = new Connection(server.address);
  const events = new Events(connection);
  return {
    events,
    async [Symbol.asyncDispose]() {
      events.close();
      connection.close();
    },
  };
}

test('only containers are asked for, over one stream, which ends with the last who waits', async () => {
  const { route, open } = streaming();
  await using server = await serve({ [call]: route });
  await using opened = eventsOf(server);
  const stops = ['a', 'b'].map((id) => opened.events.watch(id, () => undefined));
  await opened.events.watching();
  expect(server.calls(call)).toMatchObject([{ query: { filters: '{"type":["container"]}' } }]);
  const closed = new Promise((resolve) => open[0]?.once('close', resolve));
  for (const stop of stops) stop();
  await closed;
});

test('nothing is missed between ready and the first event, which comes with the first bytes', async () => {
  const { route } = streaming(event('a'));
  await using server = await serve({ [call]: route });
  await using opened = eventsOf(server);
  const heard = vi.fn();
  opened.events.watch('a', heard);
  await opened.events.watching();
  await vi.waitFor(() => expect(heard.mock.calls).toEqual([['changed']]));
});

test('events that are cut anywhere, of Docker and of Podman, and what is no event', async () => {
  const { route, open } = streaming();
  await using server = await serve({ [call]: route });
  await using opened = eventsOf(server);
  const heard: string[] = [];
  for (const id of ['a', 'b', 'c']) opened.events.watch(id, () => heard.push(id));
  await opened.events.watching();
  const text = `${event('a')}\n{"half\nnull\n7\n${JSON.stringify({ id: 'b' })}\r\n${event('other')}${event('c')}`;
  for (const byte of Buffer.from(text)) {
    open[0]?.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await vi.waitFor(() => expect(heard).toContain('c'));
  expect(heard).toEqual(['a', 'b', 'c']);
});

test('after a broken stream it is followed again, with a gap', async () => {
  const { route, open } = streaming();
  await using server = await serve({ [call]: route });
  await using opened = eventsOf(server);
  const heard: string[] = [];
  opened.events.watch('a', (news) => heard.push(news));
  await opened.events.watching();
  server.cut();
  await vi.waitFor(() => expect(open).toHaveLength(2));
  await vi.waitFor(() => expect(heard).toContain('gap'));
  heard.length = 0;
  open[1]?.write(event('a'));
  await vi.waitFor(() => expect(heard).toContain('changed'));
});

test('an engine that is away and comes back', async () => {
  const { route, open } = streaming();
  await using server = await serve({ [call]: route });
  await using opened = eventsOf(server);
  const heard: string[] = [];
  opened.events.watch('a', (news) => heard.push(news));
  await opened.events.watching();
  await server.stop();
  await vi.waitFor(() => expect(heard).toEqual(expect.arrayContaining(['gap'])));
  await vi.waitFor(() => expect(opened.events.watching()).rejects.toMatchObject({ kind: 'unreachable' }));
  heard.length = 0;
  await server.listen();
  await vi.waitFor(() => expect(open).toHaveLength(2), 3000);
  await vi.waitFor(() => expect(heard).toContain('gap'));
});

test('a process that watches no more may exit, without closing anything', async () => {
  const { route } = streaming();
  await using server = await serve({ [call]: route });
  const module = (name: string): string =>
    fileURLToPath(new URL(`../src/docker/${name}.ts`, import.meta.url));
  const script = `
    import { Connection } from ${JSON.stringify(module('connection'))};
    import { Events } from ${JSON.stringify(module('events'))};
    const events = new Events(new Connection(${JSON.stringify(server.address)}));
    const stop = events.watch('a', () => {});
    await events.watching();
    stop();
    console.log('watched');`;
  const { stdout, exitCode } = await execa(
    process.execPath,
    ['--input-type=module-typescript', '-e', script],
    {
      timeout: 10_000,
      cwd: fileURLToPath(new URL('..', import.meta.url)),
    },
  );
  expect({ stdout, exitCode }).toEqual({ stdout: 'watched', exitCode: 0 });
});
