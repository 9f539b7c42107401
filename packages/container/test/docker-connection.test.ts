import { afterEach, describe, expect, test } from 'vitest';
import { Connection } from '../src/docker/connection.ts';
import type { EngineError } from '../src/engine/engine-error.ts';
import { answer, broken, ping, type Route, type StrictServer, serve } from './http-server.ts';

const connections: Connection[] = [];
afterEach(() => {
  for (const connection of connections.splice(0)) connection.close();
});

function connect({ address }: Pick<StrictServer, 'address'>): Connection {
  const connection = new Connection(address);
  connections.push(connection);
  return connection;
}

const engineError = (kind: EngineError['kind'], message: RegExp = /./) =>
  expect.objectContaining({ name: 'EngineError', kind, message: expect.stringMatching(message) });

/** Does `first` once, then `then`. */
const once = (first: Route, then: Route): Route => {
  let called = 0;
  return (...given) => (called++ === 0 ? first : then)(...given);
};

describe('who answers', () => {
  test('Docker, and its newest API that is known', async () => {
    await using server = await serve({ 'GET /v1.44/info': answer(200, '{}') });
    expect(await connect(server).hello()).toEqual({
      server: 'Docker/28.0 (linux)',
      api: '1.47',
      podman: undefined,
    });
    await using older = await serve({
      'GET /_ping': ping({ 'Api-Version': '1.44' }),
      'GET /v1.44/info': answer(200, { ID: 'x' }),
    });
    expect(await connect(older).json('/info')).toEqual({ ID: 'x' });
  });

  test.each([
    ['1.40', '1.40'],
    ['1.47', '1.47'],
    ['1.48', '1.47'],
    ['2.0', '1.47'],
  ])('that offers %s is spoken to in %s', async (offered, api) => {
    await using server = await serve({ 'GET /_ping': ping({ 'Api-Version': offered }) });
    expect((await connect(server).hello()).api).toBe(api);
  });

  test('Podman says so', async () => {
    await using server = await serve({
      'GET /_ping': ping({ 'Api-Version': '1.41', 'Libpod-Api-Version': '4.3.1', Server: 'Libpod/4.3.1' }),
    });
    expect(await connect(server).hello()).toMatchObject({ api: '1.41', podman: '4.3.1' });
  });

  test.each([
    ['1.39', /too old: 1\.39, at least 1\.40/],
    ['0.9', /too old: 0\.9/],
    ['', /too old: none/],
  ])('an API %j is refused', async (offered, message) => {
    await using server = await serve({ 'GET /_ping': ping({ 'Api-Version': offered }) });
    await expect(connect(server).hello()).rejects.toThrow(engineError('engine', message));
  });

  test('something else than an engine, which has no such header', async () => {
    await using server = await serve({ 'GET /_ping': answer(200, 'OK') });
    await expect(connect(server).json('/info')).rejects.toThrow(engineError('engine', /none/));
    expect(server.seen.map(({ call }) => call)).toEqual(['GET /_ping']);
  });

  test('is asked once, and again after a failure', async () => {
    await using server = await serve({
      'GET /_ping': once(answer(500, 'starting'), ping()),
      'GET /v1.47/info': answer(200, '{}'),
    });
    const connection = connect(server);
    await expect(connection.json('/info')).rejects.toThrow(engineError('engine', /starting/));
    await Promise.all([connection.json('/info'), connection.json('/info')]);
    await connection.json('/info');
    expect(server.calls('GET /_ping')).toHaveLength(2);
  });
});

describe('requests', () => {
  test('what is sent', async () => {
    await using server = await serve({ 'POST /v1.47/x': answer(201, { Id: 'a' }) });
    const query = { name: 'a b&c', all: true, count: 0, none: undefined };
    const body = await connect(server).json('/x', { method: 'POST', query, json: { A: 'ü' } });
    expect(body).toEqual({ Id: 'a' });
    expect(server.calls('POST /v1.47/x')).toMatchObject([
      {
        query: { name: 'a b&c', all: 'true', count: '0' },
        body: '{"A":"ü"}',
        headers: { 'content-type': 'application/json' },
      },
    ]);
    expect(server.calls('POST /v1.47/x')[0]?.query).not.toHaveProperty('none');
  });

  test('an answer that says no, and one that is expected to', async () => {
    await using server = await serve({ 'GET /v1.47/x': answer(404, { message: 'No such container: x' }) });
    const connection = connect(server);
    await expect(connection.done('/x')).rejects.toThrow(engineError('not-found', /No such container: x/));
    expect(await connection.done('/x', { expect: [404] })).toBe(404);
  });

  test('no answer in time', async () => {
    await using server = await serve({ 'GET /v1.47/x': () => undefined });
    await expect(connect(server).done('/x', { timeout: 100 })).rejects.toThrow(engineError('timeout'));
    expect(server.calls('GET /v1.47/x')).toHaveLength(1);
  });

  test('given up by whoever asked, and not asked again', async () => {
    await using server = await serve({ 'GET /v1.47/x': () => undefined });
    const stop = new AbortController();
    const asked = connect(server).done('/x', { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(asked).rejects.toThrow(engineError('timeout', /given up/));
    expect(server.calls('GET /v1.47/x')).toHaveLength(1);
  });
});

describe('a connection that breaks', () => {
  test('what only reads is asked once more', async () => {
    await using server = await serve({ 'GET /v1.47/x': once(broken, answer(200, '{"a":1}')) });
    expect(await connect(server).json('/x')).toEqual({ a: 1 });
    expect(server.calls('GET /v1.47/x')).toHaveLength(2);
  });

  test('but no more than once', async () => {
    await using server = await serve({ 'GET /v1.47/x': broken });
    await expect(connect(server).json('/x')).rejects.toThrow(engineError('unreachable'));
    expect(server.calls('GET /v1.47/x')).toHaveLength(2);
  });

  test.each(['POST', 'DELETE', 'PUT'] as const)('a %s never', async (method) => {
    await using server = await serve({ [`${method} /v1.47/x`]: broken });
    await expect(connect(server).done('/x', { method })).rejects.toThrow(engineError('unreachable'));
    expect(server.calls(`${method} /v1.47/x`)).toHaveLength(1);
  });

  test('in the middle of an answer is an EngineError too', async () => {
    await using server = await serve({
      'GET /v1.47/x': (_, response, socket) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"a":', () => socket.destroy());
      },
    });
    await expect(connect(server).json('/x')).rejects.toThrow(engineError('unreachable'));
  });

  test('an answer that is no JSON is an EngineError too', async () => {
    await using server = await serve({ 'GET /v1.47/x': answer(200, '<html>') });
    await expect(connect(server).json('/x')).rejects.toThrow(engineError('engine'));
  });

  test('an engine that was started again is found again', async () => {
    await using server = await serve({ 'GET /v1.47/x': answer(200, '{}') });
    const connection = connect(server);
    await connection.json('/x');
    await server.stop();
    await expect(connection.json('/x')).rejects.toThrow(engineError('unreachable'));
    await server.listen();
    expect(await connection.json('/x')).toEqual({});
  });

  test('where nothing ever was', async () => {
    const connection = connect({
      address: { kind: 'unix', path: '/nonexistent/x', text: 'unix:///nonexistent/x' },
    });
    await expect(connection.hello()).rejects.toThrow(
      engineError('unreachable', /there is no unix:\/\/\/nonexistent\/x/),
    );
  });
});
