import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader } from '../src/protocol/frames.ts';
import { longestFrame, protocolVersion } from '../src/protocol/version.ts';
import { firstSeed, SeededRandom } from './support/seeded-random.ts';
import { useWos } from './support/wosd.ts';

const makeWos = useWos();

describe('the control socket', () => {
  const wos = makeWos();
  beforeAll(async () => {
    await wos.start();
  });

  /** Sends bytes, and resolves with what came until the kernel closed the connection. */
  function talk(...frames: Buffer[]): Promise<Record<string, unknown>[]> {
    return new Promise((resolve, reject) => {
      const socket = connect(join(wos.base, 'control'));
      const reader = new FrameReader();
      const values: unknown[] = [];
      socket.on('data', (block: Buffer) => values.push(...reader.push(block)));
      socket.on('error', reject);
      socket.on('close', () => resolve(values as Record<string, unknown>[]));
      for (const frame of frames) socket.write(frame);
    });
  }
  const greeting = encodeFrame({ type: 'hello', protocol: 'wos', version: protocolVersion });
  const request = (name: string, params: unknown, id = 1) =>
    encodeFrame({ type: 'request', id, name, params });
  const messageOf = (answers: Record<string, unknown>[]) =>
    (answers.at(-1) as { error?: { message?: string } } | undefined)?.error?.message;
  const isAlive = async () => (await (await wos.connect()).request('info', {})).pid > 0;

  it('is for its user alone, and so is its folder', () => {
    expect(statSync(join(wos.base, 'control')).mode & 0o777).toBe(0o600);
    expect(statSync(wos.base).mode & 0o777).toBe(0o700);
  });

  it('refuses another version, in one line', async () => {
    const [hello, bye] = await talk(encodeFrame({ type: 'hello', protocol: 'wos', version: 99, more: 1 }));
    expect(hello).toEqual({ type: 'hello', protocol: 'wos', version: protocolVersion });
    expect(bye).toMatchObject({
      type: 'bye',
      error: {
        code: 'NotSupported',
        reason: 'unavailable',
        message: `The kernel speaks version ${protocolVersion} of the control protocol and the client version 99`,
      },
    });
  });

  it.each([
    ['no greeting', [request('info', {})], 'no greeting'],
    ['no JSON', [greeting, Buffer.from([0, 0, 0, 1, 123])], 'a frame that is not JSON'],
    ['no message', [greeting, encodeFrame({ type: 'request' })], 'a message that is none of the protocol'],
    ['a number', [greeting, encodeFrame(7)], 'a message that is none of the protocol'],
  ])('ends a connection that says %s', async (_, frames, message) => {
    const answers = await talk(...frames);
    expect(answers.at(-1)).toMatchObject({
      type: 'bye',
      error: { code: 'Config', reason: 'invalid-setting' },
    });
    expect(messageOf(answers)).toContain(message);
    expect(await isAlive()).toBe(true);
  });

  it('refuses a huge frame before it has come', async () => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(longestFrame + 1);
    const answers = await talk(greeting, head);
    expect(messageOf(answers)).toContain(`more than ${longestFrame}`);
    expect(await isAlive()).toBe(true);
  });

  it.each([
    ['unknown', {}, 'there is no request "unknown"'],
    ['signal', { pid: 2, signal: 'SEGV' }, 'signal: expected one of the signals'],
    ['signal', { pid: -1, signal: 'TERM' }, 'pid: expected a PID of at least 1'],
    ['list', { all: true, sort: 1 }, 'there is no setting "sort"'],
    ['spawn', { module: 'relative.wasm' }, 'module: expected an absolute path'],
    ['send', { pid: 2, base64: '%' }, 'base64: expected base64'],
  ])('refuses the request %s %j, and goes on', async (name, params, message) => {
    const client = await wos.connect();
    await expect(client.request(name as 'info', params as never)).rejects.toMatchObject({
      code: 'Config',
      reason: 'invalid-setting',
      message: expect.stringContaining(message),
    });
    expect((await client.request('info', {})).threads).toBeGreaterThan(0);
    client.close();
  });

  it('survives noise', async () => {
    const random = new SeededRandom(firstSeed);
    for (let round = 0; round < 60; round++) {
      const noise = Buffer.from(Array.from({ length: 40 }, () => random.below(256)));
      const framed = Buffer.concat([Buffer.from([0, 0, 0, noise.length]), noise]);
      const answers = await talk(...(round % 2 ? [greeting, framed] : [framed]));
      expect(answers.at(-1), `seed ${firstSeed}`).toMatchObject({ type: 'bye' });
    }
    expect(await isAlive()).toBe(true);
  });
});
