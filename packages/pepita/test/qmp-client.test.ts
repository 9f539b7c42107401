import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { QmpClient, type QmpEvent } from '../src/qemu/qmp-client.ts';
import { connectQmp, withQmp } from '../src/qemu/qmp-session.ts';
import { testFolder } from './helpers.ts';

const folder = testFolder();
const path = join(folder, 'qmp');
const greeting = '{"QMP": {"version": {}, "capabilities": ["oob"]}}\r\n';
let server: Server | undefined;
let received: string[] = [];

type Answer = (command: string, socket: Socket) => void;

/** A QEMU that answers as it is told. */
async function serve(answer: Answer, hello = greeting): Promise<void> {
  received = [];
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(hello);
    socket.on('data', (data) => {
      for (const line of String(data).trim().split('\n')) {
        const { execute } = JSON.parse(line);
        received.push(execute);
        if (execute === 'qmp_capabilities') socket.write('{"return": {}}\r\n');
        else answer(execute, socket);
      }
    });
  });
  server.listen(path);
  await once(server, 'listening');
}

const echo: Answer = (command, socket) => socket.write(`{"return": ${JSON.stringify(command)}}\r\n`);

describe('a client of QMP', () => {
  afterEach(async () => {
    server?.close();
    server = undefined;
    await sleep(5);
  });

  test('negotiates, and asks one thing at a time', async () => {
    let open = 0;
    let most = 0;
    await serve(async (command, socket) => {
      open += 1;
      most = Math.max(most, open);
      await sleep(5);
      open -= 1;
      echo(command, socket);
    });
    const qmp = await QmpClient.connect(path);
    expect(await Promise.all(['a', 'b', 'c'].map((command) => qmp.execute(command)))).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(received).toEqual(['qmp_capabilities', 'a', 'b', 'c']);
    expect(most).toBe(1);
    qmp.close();
  });

  test('tells events apart from answers, also in pieces', async () => {
    const event = '{"timestamp": {"seconds": 2, "microseconds": 3000}, "event": "STOP"}\r\n';
    await serve(async (_, socket) => {
      const text = `${event}{"return": {"status": "paused"}}\r\n${event}`;
      for (const piece of text.match(/.{1,7}/gs) ?? []) {
        socket.write(piece);
        await sleep(1);
      }
    });
    const qmp = await QmpClient.connect(path);
    const events: QmpEvent[] = [];
    qmp.onEvent((each) => events.push(each));
    expect(await qmp.execute('query-status')).toEqual({ status: 'paused' });
    await sleep(40);
    expect(events).toEqual([
      { event: 'STOP', data: {}, time: 2003 },
      { event: 'STOP', data: {}, time: 2003 },
    ]);
    qmp.close();
  });

  test('says what QEMU refuses', async () => {
    await serve((_, socket) => socket.write('{"error": {"class": "CommandNotFound", "desc": "no x"}}\r\n'));
    const qmp = await QmpClient.connect(path);
    await expect(qmp.execute('x')).rejects.toMatchObject({ kind: 'CommandNotFound', message: 'x: no x' });
    qmp.close();
  });

  test('does not take a late answer for another one', async () => {
    await serve(async (command, socket) => {
      await sleep(command === 'slow' ? 80 : 0);
      echo(command, socket);
    });
    const qmp = await QmpClient.connect(path);
    await expect(qmp.execute('slow', {}, { timeout: 20 })).rejects.toThrow('has not answered slow for 20 ms');
    await expect(qmp.execute('quick')).rejects.toThrow('has not answered slow');
  });

  test('ends with QEMU', async () => {
    await serve((_, socket) => socket.destroy());
    const qmp = await QmpClient.connect(path);
    await expect(qmp.execute('quit')).rejects.toThrow('closed the connection');
  });

  test('does not wait for ever for a greeting', async () => {
    await serve(echo, '');
    await expect(QmpClient.connect(path, 50)).rejects.toThrow('has not answered the greeting');
  });

  test('waits for a QEMU that does not listen yet, and not for one that has ended', async () => {
    const isGone = async () => false;
    const connecting = connectQmp(folder, { patience: 5000, isGone });
    await sleep(50);
    await serve(echo);
    (await connecting).close();
    server?.close();
    await sleep(10);
    await expect(connectQmp(folder, { patience: 5000, isGone: async () => true })).rejects.toThrow(
      'ended at once',
    );
    await expect(withQmp(folder, async () => 1)).rejects.toMatchObject({ reason: 'not-running' });
  });
});
