import { describe, expect, test } from 'vitest';
import { Connection } from '../src/docker/connection.ts';
import { loadImage, pullImage, splitReference } from '../src/docker/images.ts';
import { answer, type Route, serve } from './http-server.ts';

describe('references', () => {
  const digest = `sha256:${'0'.repeat(64)}`;

  test.each([
    ['busybox', 'busybox', 'latest'],
    ['busybox:1.36', 'busybox', '1.36'],
    ['library/busybox', 'library/busybox', 'latest'],
    ['registry:5000/busybox', 'registry:5000/busybox', 'latest'],
    ['registry:5000/team/busybox:1', 'registry:5000/team/busybox', '1'],
    ['localhost:5000/a:b-c_d.e', 'localhost:5000/a', 'b-c_d.e'],
    [`busybox@${digest}`, `busybox@${digest}`, ''],
    [`registry:5000/busybox:1@${digest}`, `registry:5000/busybox:1@${digest}`, ''],
  ])('%s', (reference, fromImage, tag) => {
    expect(splitReference(reference)).toEqual({ fromImage, tag });
  });
});

const call = 'POST /v1.47/images/create';

/** What a pull tells, and how it ends, when the engine answers so. */
async function pull(route: Route, reference = 'registry:5000/web:1') {
  await using server = await serve({ [call]: route });
  const connection = new Connection(server.address);
  const lines: string[] = [];
  try {
    const credentials = { username: 'me', password: 'ü', server: 'registry:5000' };
    const error = await pullImage(connection, reference, credentials, (line) => lines.push(line)).catch(
      (error: unknown) => error,
    );
    return { lines, error, calls: server.calls(call) };
  } finally {
    connection.close();
  }
}

const steps = [
  { status: 'Pulling from web', id: '1' },
  { status: 'Downloading', progress: '[=>  ] 1MB/2MB', id: 'a1' },
  { stream: 'Loaded image: web:1\n' },
  { aux: { ID: 'x' } },
];
const text = steps.map((step) => `${JSON.stringify(step)}\r\n`).join('');

describe('a pull', () => {
  test('its progress, line by line, and what was asked of the engine', async () => {
    const { lines, error, calls } = await pull(answer(200, text));
    expect(error).toBeUndefined();
    expect(lines).toEqual(['1 Pulling from web', 'a1 Downloading [=>  ] 1MB/2MB', 'Loaded image: web:1']);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.query).toEqual({ fromImage: 'registry:5000/web', tag: '1' });
    const auth = Buffer.from(String(calls[0]?.headers['x-registry-auth']), 'base64url').toString();
    expect(JSON.parse(auth)).toEqual({ username: 'me', password: 'ü', serveraddress: 'registry:5000' });
  });

  test('cut anywhere, also within a character, it is the same', async () => {
    const bytes = Buffer.from(`${JSON.stringify({ status: 'äöü' })}\n${JSON.stringify({ status: 'end' })}`);
    const { lines } = await pull(async (_, response) => {
      for (const byte of bytes) {
        response.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    expect(lines).toEqual(['äöü', 'end']);
  });

  test('what is no JSON is left out', async () => {
    const { lines, error } = await pull(answer(200, `hello\n\n{"status":"a"}\n{"sta`));
    expect([lines, error]).toEqual([['a'], undefined]);
  });

  test.each([
    ['manifest unknown: manifest unknown', 'no-image'],
    ['write /var/lib/docker/x: no space left on device', 'full'],
    ['unexpected EOF', 'engine'],
  ])('an error in an answer of 200: %s', async (message, kind) => {
    const line = JSON.stringify({ errorDetail: { message }, error: message });
    const ended = await pull(answer(200, `{"status":"begun"}\r\n${line}\r\n`));
    expect(ended).toMatchObject({ lines: ['begun'], error: { name: 'EngineError', kind, message } });
    const last = await pull(answer(200, line));
    expect(last.error).toMatchObject({ kind, message });
  });

  test('an answer that says no at once', async () => {
    const { error } = await pull(answer(404, { message: 'No such image: web:1' }));
    expect(error).toMatchObject({ kind: 'no-image' });
  });

  test('a connection that breaks in the middle is an error, and nothing is asked twice', async () => {
    const { error, lines, calls } = await pull(async (_, response, socket) => {
      response.write('{"status":"begun"}\n');
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.destroy();
    });
    expect(error).toMatchObject({ name: 'EngineError', kind: 'unreachable' });
    expect(lines).toEqual(['begun']);
    expect(calls).toHaveLength(1);
  });

  test('by digest no tag is sent', async () => {
    const { calls } = await pull(answer(200), `web@sha256:${'1'.repeat(64)}`);
    expect(calls[0]?.query).toEqual({ fromImage: `web@sha256:${'1'.repeat(64)}` });
  });
});

test('a load sends the archive as it is', async () => {
  await using server = await serve({ 'POST /v1.47/images/load': answer(200, text) });
  const connection = new Connection(server.address);
  async function* archive() {
    yield Buffer.from('some ');
    yield Buffer.from('bytes');
  }
  await loadImage(connection, archive);
  expect(server.calls('POST /v1.47/images/load')).toMatchObject([
    { body: 'some bytes', headers: { 'content-type': 'application/x-tar' } },
  ]);
  connection.close();
});
