import { writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { connectAgent } from '../src/vmm-rest/connect-agent.ts';
import { connectVsock } from '../src/vmm-rest/vsock-channel.ts';
import { testFolder } from './helpers.ts';

const folder = testFolder();

describe('a port of a guest', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  const serve = async (answer: (socket: Socket, line: string, count: number) => void): Promise<void> => {
    let count = 0;
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (line) => {
        answer(socket, String(line), count);
        count += 1;
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(join(folder, 'agent'), resolve));
  };
  const connect = (signal = AbortSignal.timeout(5000)) => connectVsock(folder, 52, signal);

  test('is asked for until the guest listens; what it says with the answer is not lost', async () => {
    const asked: string[] = [];
    await serve((socket, line, count) => {
      asked.push(line);
      if (count < 2) socket.destroy();
      else {
        socket.write('OK 10737');
        setTimeout(() => socket.end('41824\nfirst\nsecond'), 20);
      }
    });
    const socket = await connect();
    let said = '';
    for await (const part of socket) said += part;
    expect(said).toBe('first\nsecond');
    expect(asked).toEqual(['CONNECT 52\n', 'CONNECT 52\n', 'CONNECT 52\n']);
  });

  test.each(['NO 1\n', 'OK\n', 'OK 1 2\n', 'a line without an end'])(
    'is not what answers %j',
    async (text) => {
      await serve((socket) => socket.write(text));
      await expect(connect()).rejects.toMatchObject({ reason: 'engine-error' });
    },
  );

  test('is waited for as long as one wants', async () => {
    await serve(() => undefined);
    await expect(connect(AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('may be the socket itself, where there is no vsock', async () => {
    await serve((socket, line) => socket.end(`you said ${line}`));
    const socket = await connectAgent(folder, undefined, AbortSignal.timeout(5000));
    socket.write('hello');
    let said = '';
    for await (const part of socket) said += part;
    expect(said).toBe('you said hello');
    await expect(
      connectAgent(join(folder, 'none'), undefined, AbortSignal.timeout(5000)),
    ).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  test('is not there when the VMM is gone', async () => {
    await expect(connect()).rejects.toMatchObject({ code: 'ENOENT' });
    writeFileSync(join(folder, 'agent'), '');
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
