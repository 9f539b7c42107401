import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until, useKernel } from './support/kernel.ts';
import { useScripts } from './support/scripts.ts';

const test = useKernel();
const scripts = useScripts(test);
let server: Server;
let address: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/redirect') return void response.writeHead(302, { location: '/echo' }).end();
    if (request.url === '/away')
      return void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    if (request.url === '/never') return;
    if (request.url === '/big') return void response.end(Buffer.alloc(3_000_000, 'x'));
    const body: Buffer[] = [];
    request.on('data', (piece) => body.push(piece));
    request.on('end', () => {
      const { method, url, headers } = request;
      response.setHeader('x-own', 'ü'.length === 1 ? 'yes' : 'no');
      response.end(
        JSON.stringify({ method, url, type: headers['content-type'], body: String(Buffer.concat(body)) }),
      );
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const granted = () => ({ capabilities: { net: { connect: [address] } } });

describe('fetch', () => {
  it('reaches what net grants: bodies, headers, redirects', async () => {
    const { printed, stderr } = await scripts.run(
      `const at = 'http://${address}';
      const got = await fetch(at + '/echo');
      console.log(got.status, got.ok, got.headers.get('x-own'), (await got.json()).method);
      const posted = await fetch(at + '/echo', { method: 'POST', body: 'ü'.repeat(1000), headers: { 'content-type': 'text/x' } });
      const echo = await posted.json();
      console.log(echo.method, echo.type, echo.body.length);
      const redirected = await fetch(at + '/redirect');
      console.log(redirected.redirected, redirected.url.endsWith('/echo'), (await redirected.json()).url);
      console.log((await (await fetch(at + '/big')).bytes()).length);
      console.log((await Promise.all(Array.from({ length: 10 }, async (_, n) => (await (await fetch(at + '/' + n)).json()).url))).join(' '));`,
      granted(),
    );
    expect(stderr).toBe('');
    expect(printed).toEqual([
      '200 true yes GET',
      'POST text/x 1000',
      'true true /echo',
      '3000000',
      '/0 /1 /2 /3 /4 /5 /6 /7 /8 /9',
    ]);
  });

  it('is refused without a grant, and where a redirect leads to what is not granted', async () => {
    const attempt = (url: string) =>
      `await fetch('${url}').catch((error) => console.log(error.name, error.message, '|', error.cause.message));`;
    const without = await scripts.run(attempt(`http://${address}/`));
    expect(without.printed).toEqual([`TypeError fetch failed | net does not grant to connect to ${address}`]);
    const other = await scripts.run(
      attempt(`http://${address}/away`) + attempt('https://example.invalid/'),
      granted(),
    );
    expect(other.printed).toEqual([
      'TypeError fetch failed | net does not grant to connect to 127.0.0.1:1',
      'TypeError fetch failed | net does not grant to connect to example.invalid:443',
    ]);
  });

  it('is given up when its signal is aborted', async () => {
    const { printed } = await scripts.run(
      `await fetch('http://${address}/never', { signal: AbortSignal.timeout(20) }).catch((error) => console.log(error.name));`,
      granted(),
    );
    expect(printed).toEqual(['TimeoutError']);
  });
});

describe('health', () => {
  const source = `
    let healthy = true;
    export default defineDaemon({
      name: 'x',
      async run(ctx) { for await (const signal of ctx.signals) healthy = signal !== 'USR1'; },
      health: () => ({ healthy, detail: { answered: true } }),
    });`;

  it('is what the kernel is told', async () => {
    const daemon = await scripts.start(source);
    await until('it is ready', () => daemon.notes.length > 0);
    expect(await test.kernel.health(daemon.pid)).toMatchObject({
      healthy: true,
      state: 'running',
      detail: { answered: true },
    });
    test.kernel.signal(daemon.pid, 'USR1');
    expect(await test.kernel.health(daemon.pid)).toMatchObject({ healthy: false, daemon: 'daemon' });
    test.kernel.signal(daemon.pid, 'KILL');
    await daemon.end();
    const without = await scripts.startRun('await new Promise(() => {});');
    expect(await test.kernel.health(without.pid)).toBeUndefined();
    test.kernel.signal(without.pid, 'KILL');
  });

  it('is answered at its address, when that is granted', async () => {
    const free = createServer();
    await new Promise<void>((done) => free.listen(0, '127.0.0.1', done));
    const { port } = free.address() as AddressInfo;
    await new Promise((done) => free.close(done));
    const healthUrl = `http://127.0.0.1:${port}/health`;
    const refused = await (await scripts.start(source, { daemon: { healthUrl } })).end();
    expect(refused.exit).toEqual({ code: 1 });
    expect(refused.stderr).toContain(`net does not grant to listen on 127.0.0.1:${port}`);
    const net = { listen: [`127.0.0.1:${port}`] };
    const daemon = await scripts.start(source, { daemon: { healthUrl }, capabilities: { net } });
    await daemon.says('ready');
    const answer = await fetch(healthUrl);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ healthy: true, daemon: 'daemon' });
    expect((await fetch(`http://127.0.0.1:${port}/else`)).status).toBe(404);
    test.kernel.signal(daemon.pid, 'USR1');
    expect((await fetch(healthUrl)).status).toBe(503);
    test.kernel.signal(daemon.pid, 'KILL');
    await daemon.end();
    await expect(fetch(healthUrl)).rejects.toThrow('fetch failed');
  });
});
