import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { unitFilePath } from '../src/unit-file.ts';
import { systemctl } from './harness.ts';
import { makeBench } from './helpers.ts';
import { testScope } from './scope.ts';

const bench = makeBench();
const { adapter } = bench;
const core = import.meta.resolve('@duende/core');

const files: string[] = [];
afterAll(() => {
  for (const file of files) rmSync(file, { force: true });
});

/** A module whose default export is `defineDaemon(BODY)`. */
function moduleFile(body: string): string {
  const path = join(bench.stateDirectory, `${bench.name()}.mjs`);
  writeFileSync(
    path,
    `import { defineDaemon } from ${JSON.stringify(core)};\nexport default defineDaemon(${body});\n`,
  );
  files.push(path);
  return path;
}

const forever = 'await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));';

describe('a module daemon tells systemd about itself', () => {
  test('it is ready when it says so, and its status is there to read', async () => {
    const module = moduleFile(`{
      name: 'm', manualReady: true,
      async run(ctx) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        ctx.status('warming up');
        ctx.ready();
        ctx.status('serving');
        ${forever}
      },
    }`);
    const begun = performance.now();
    const handle = await adapter.spawn({ name: bench.name(), module, readiness: 'notify' });
    expect(performance.now() - begun).toBeGreaterThan(290);
    await bench.until(handle, ({ message }) => message === 'serving');
    const unit = `duende-${handle.name}.service`;
    expect(await systemctl('show', '--value', '-p', 'StatusText', unit)).toBe('serving');
    const { pid } = await adapter.status(handle);
    expect(await systemctl('show', '--value', '-p', 'MainPID', unit)).toBe(String(pid));
    expect(await adapter.stop(handle)).toMatchObject({ state: 'stopped', exit: { code: 0 } });
  });

  test('one that is never ready is a failed start, and leaves nothing', async () => {
    const module = moduleFile(`{ name: 'm', manualReady: true, async run(ctx) { ${forever} } }`);
    const name = bench.name();
    const spawned = adapter.spawn({ name, module, readiness: 'notify', startTimeout: '1s' });
    await expect(spawned).rejects.toMatchObject({ code: 'SpawnFailed', reason: 'timeout' });
    expect(await adapter.list()).toEqual([]);
  });

  test('HUP reloads; systemd sees it reload and become ready again', async () => {
    const module = moduleFile(`{
      name: 'm',
      async run(ctx) { ${forever} },
      async reload(ctx) { ctx.log.info('reloading'); await new Promise((resolve) => setTimeout(resolve, 400)); },
    }`);
    const handle = await adapter.spawn({ name: bench.name(), module, readiness: 'notify' });
    await adapter.signal(handle, 'HUP');
    const active = () => systemctl('show', '--value', '-p', 'ActiveState', `duende-${handle.name}.service`);
    await expect.poll(active, { timeout: 5000 }).toBe('reloading');
    expect((await adapter.status(handle)).state).toBe('running');
    await expect.poll(active, { timeout: 5000 }).toBe('active');
    expect((await bench.text(handle)).some((line) => line.includes('reloading'))).toBe(true);
  });

  test('the watchdog ends one whose event loop is blocked, and not one that works', async () => {
    const module = moduleFile(`{
      name: 'm',
      async run(ctx) {
        for await (const signal of ctx.signals) if (signal === 'USR1') for (;;);
      },
    }`);
    const platform = { systemd: { watchdog: '1s' } };
    const handle = await adapter.spawn({ name: bench.name(), module, readiness: 'notify', platform });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect((await adapter.status(handle)).state).toBe('running');
    await adapter.signal(handle, 'USR1');
    expect(await adapter.wait(handle)).toMatchObject({ state: 'failed', reason: 'watchdog' });
  });
});

test('socket activation: a connection starts the daemon, which finds the socket in ctx.sockets', async () => {
  const name = bench.name();
  const path = join(bench.stateDirectory, 'socket');
  const module = moduleFile(`{
    name: 'm',
    async run(ctx) {
      const { createServer } = await import('node:net');
      for (const { fd, name } of ctx.sockets) createServer((socket) => socket.end('hello from ' + name + '\\n')).listen({ fd });
      ${forever}
    },
  }`);
  const installed = await adapter.install({ name, module, readiness: 'notify' });
  const unit = `duende-${name}`;
  const socketFile = unitFilePath(name, testScope).replace(/service$/, 'socket');
  mkdirSync(dirname(socketFile), { recursive: true });
  writeFileSync(socketFile, `[Socket]\nListenStream=${path}\nFileDescriptorName=front\n`);
  try {
    await adapter.stop(installed);
    await systemctl('daemon-reload');
    await systemctl('start', `${unit}.socket`);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      connect(path)
        .setEncoding('utf8')
        .on('data', (chunk: string) => {
          text += chunk;
        })
        .on('end', () => resolve(text))
        .on('error', reject);
    });
    expect(answer).toBe('hello from front\n');
    expect((await adapter.status(installed)).state).toBe('running');
  } finally {
    await systemctl('stop', `${unit}.socket`);
    rmSync(socketFile, { force: true });
    await adapter.uninstall(name);
  }
});
