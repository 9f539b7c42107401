import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { useKernel } from './support/kernel.ts';
import { describeWithPrograms } from './support/programs.ts';

/** A port that nobody has at the moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Sends, ends, and reads all that comes back. */
async function echo(port: number, data: Buffer): Promise<Buffer> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.end(data);
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

describeWithPrograms('sockets', () => {
  const test = useKernel();
  const net = (grants: { listen?: string[]; connect?: string[]; open?: string[] }) => ({
    capabilities: { net: grants },
  });

  it('are listened on and accepted, 3 MB there and back', async () => {
    const port = await freePort();
    const server = await test.start(
      'net',
      ['serve', `127.0.0.1:${port}`, '2'],
      net({ listen: [`127.0.0.1:${port}`] }),
    );
    await server.says('listening');
    const data = Buffer.alloc(3_000_000, 'abcdefghijk');
    expect((await echo(port, data)).equals(data)).toBe(true);
    expect((await echo(port, Buffer.from('again'))).toString()).toBe('again');
    expect((await server.end()).exit).toEqual({ code: 0 });
    await expect(echo(port, data)).rejects.toThrow('ECONNREFUSED');
  });

  it('are there before the process begins, when asked for', async () => {
    const port = await freePort();
    const server = await test.start('net', ['inherited', '1'], net({ open: [`127.0.0.1:${port}`] }));
    expect((await echo(port, Buffer.from('early'))).toString()).toBe('early');
    expect(await server.end()).toMatchObject({ exit: { code: 0 }, stdout: 'listening 3\n' });
  });

  it('that cannot be had refuse the process', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const address = `127.0.0.1:${port}`;
    await expect(test.start('net', ['inherited', '1'], net({ open: [address] }))).rejects.toThrow(
      `It cannot listen on ${address}`,
    );
    expect((await test.run('net', ['serve', address, '1'], net({ listen: ['*'] }))).stdout).toBe(
      'Address in use\n',
    );
    taken.close();
  });

  it('are connected by what has the grant', async () => {
    const port = await freePort();
    const server = await test.start(
      'net',
      ['serve', `127.0.0.1:${port}`, '1'],
      net({ listen: ['127.0.0.1:*'] }),
    );
    await server.says('listening');
    const client = await test.run(
      'net',
      ['ask', `127.0.0.1:${port}`, 'hello'],
      net({ connect: [`*:${port}`] }),
    );
    expect(client).toMatchObject({ exit: { code: 0 }, stdout: 'peeked 1\n<hello>\n' });
    await server.end();
    const { stdout } = await test.run('net', ['ask', `127.0.0.1:${port}`, 'hello'], net({ connect: ['*'] }));
    expect(stdout).toBe('Connection refused\n');
  });

  it('are refused to what has no grant', async () => {
    const ask = async (grants: { listen?: string[]; connect?: string[] }) =>
      (await test.run('net', ['ask', '127.0.0.1:9', 'x'], net(grants))).stdout;
    for (const connect of [[], ['127.0.0.1:10'], ['localhost:9'], ['127.0.0.2:*']]) {
      expect(await ask({ connect, listen: ['*'] })).toBe('Capabilities insufficient\n');
    }
    const serve = await test.run(
      'net',
      ['serve', '127.0.0.1:9', '1'],
      net({ connect: ['*'], listen: ['127.0.0.1:99'] }),
    );
    expect(serve.stdout).toBe('Capabilities insufficient\n');
  });

  it('are waited for together with input and time', async () => {
    const port = await freePort();
    const waits = await test.start('net', ['poll', `127.0.0.1:${port}`], {
      ...net({ listen: ['*'] }),
      stdin: 'host',
    });
    await waits.says('listening\n');
    void test.kernel.write(waits.pid, Buffer.from('12345'));
    await waits.says('input 5\n');
    connect({ port, host: '127.0.0.1' }).resume();
    const { stdout, exit } = await waits.end();
    expect(exit).toEqual({ code: 0 });
    expect(stdout).toBe('listening\ninput 5\nconnection\ntimeout 0 1\nabsolute 1\nnonblocking 1\n');
  });

  it('are closed with their process', async () => {
    const port = await freePort();
    const server = await test.start('net', ['serve', `127.0.0.1:${port}`, '2'], net({ listen: ['*'] }));
    await server.says('listening');
    const open = connect({ port, host: '127.0.0.1' });
    await once(open, 'connect');
    const closed = once(open, 'close');
    open.on('error', () => {});
    open.resume();
    await new Promise((done) => setTimeout(done, 50));
    test.kernel.signal(server.pid, 'KILL');
    await closed;
    await server.end();
    await expect(echo(port, Buffer.from('x'))).rejects.toThrow('ECONNREFUSED');
  });
});
