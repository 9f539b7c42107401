import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planProgram } from '@duende/image';
import { afterAll, describe, expect, test } from 'vitest';
import { makeRootfs, PepitaPaths } from '../../src/index.ts';
import { inState, probe, testAdapter, until } from './adapter-harness.ts';

const { adapter, stateDirectory, spawn, texts } = await testAdapter();
const paths = new PepitaPaths(stateDirectory);
const folder = mkdtempSync(join(tmpdir(), 'duende-pepita-adapter-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the probe says what there is, and what is missing', async () => {
  expect(await adapter.probe()).toMatchObject({
    available: true,
    engine: expect.stringContaining('QEMU microvm (TCG)'),
  });
});

test('the handle names the VM and its context identifier; the process, its memory and the guest are shown', async () => {
  const handle = await spawn(['park']);
  expect(handle.data).toEqual({
    kind: 'pepita',
    vmId: `duende-vm-${handle.name}`,
    vsockCid: expect.any(Number),
  });
  const details = await adapter.inspect(handle);
  expect(details).toMatchObject({
    vcpus: 1,
    memory: 256 * 1024 ** 2,
    guest: { machine: 'x86_64', rootfs: 'erofs' },
  });
  expect(details.network).toBeUndefined();
  expect(details.vmm?.rssBytes).toBeGreaterThan(10 * 1024 ** 2);
  expect(details.vmm?.pssBytes).toBeLessThanOrEqual(details.vmm?.rssBytes ?? 0);
  await adapter.remove(handle, { force: true });
});

describe('a frozen VM', () => {
  test('is paused, its time goes on, and it hears what was sent meanwhile', async () => {
    const handle = await spawn(['trap']);
    await until('ready', async () => (await texts(handle)).includes('ready'));
    await adapter.signal(handle, 'STOP');
    expect((await adapter.status(handle)).state).toBe('paused');
    await adapter.signal(handle, 'USR1');
    expect(await texts(handle)).toEqual(['ready']);
    await adapter.signal(handle, 'CONT');
    await inState(adapter, handle, 'running');
    await until('the signal', async () => (await texts(handle)).includes('USR1'));
    await adapter.remove(handle, { force: true });
  });
});

describe('ports', () => {
  test('that another program has are refused by name, and nothing is left', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port: host } = server.address() as { port: number };
    const spawning = spawn(['park'], {
      name: 'taken',
      platform: { pepita: { ports: [{ guest: 80, host }] } },
    });
    await expect(spawning).rejects.toMatchObject({ code: 'Config', field: 'platform.pepita.ports' });
    server.close();
    expect(await adapter.find('taken')).toBeUndefined();
    expect(readdirSync(paths.daemons).filter((name) => name.includes('taken'))).toEqual([]);
    expect(existsSync(paths.vm('duende-vm-taken'))).toBe(false);
  });
});

describe('the root', () => {
  const write = [
    '-c',
    'for f in /var/x/a /root-file; do (: > $f) 2>/dev/null && echo "wrote $f"; done; exit 0',
  ];
  const run = async (more: object): Promise<string[]> => {
    const handle = await adapter.spawn({ name: 'root', program: '/bin/dash', args: write, user: 0, ...more });
    await adapter.wait(handle);
    const lines = await texts(handle);
    await adapter.remove(handle);
    return lines;
  };

  test('takes what is written in memory', async () => {
    expect(await run({})).toEqual(['wrote /root-file']);
  });

  test('is read-only when that is asked for, but for what is to be writable', async () => {
    expect(await run({ platform: { pepita: { overlay: false } } })).toEqual([]);
    const sandbox = { filesystem: { mode: 'read-only', writable: ['/var/x'] } };
    expect(await run({ sandbox })).toEqual(['wrote /var/x/a']);
  });

  test('may be a file of one’s own', async () => {
    const plan = await planProgram({
      platform: 'pepita',
      program: '/bin/dash',
      cacheDirectory: paths.images,
    });
    const { file } = await makeRootfs(plan, paths);
    expect(await run({ args: ['-c', 'echo mine $0'], platform: { pepita: { rootfs: file } } })).toEqual([
      'mine /bin/dash',
    ]);
  });

  test('that is none is refused by name', async () => {
    const file = join(folder, 'nothing');
    writeFileSync(file, 'x'.repeat(4096));
    for (const [rootfs, why] of [
      [file, /is no file system/],
      [join(folder, 'missing'), /is not there/],
      [folder, /is no file/],
    ] as const) {
      await expect(run({ platform: { pepita: { rootfs } } })).rejects.toThrow(why);
    }
  });
});

test('a guest sees no file of this machine but those that were packed', async () => {
  const secret = join(folder, 'secret');
  mkdirSync(join(folder, 'given'));
  writeFileSync(secret, 'secret');
  writeFileSync(join(folder, 'given', 'file'), 'given');
  const look = `for f in ${secret} ${folder}/given/file /etc/hostname; do [ -e $f ] && echo "sees $f"; done; exit 0`;
  const files = [join(folder, 'given')];
  const handle = await adapter.spawn({
    name: 'look',
    program: '/bin/dash',
    args: ['-c', look],
    platform: { pepita: { files } },
  });
  await adapter.wait(handle);
  expect(await texts(handle)).toEqual([`sees ${folder}/given/file`]);
  await adapter.remove(handle);
});

test('what runs in the guest beside the daemon is run, fed, and told how it ended', async () => {
  const handle = await adapter.spawn({
    name: 'beside',
    program: probe,
    args: ['park'],
    platform: { pepita: { files: ['/bin/dash'] } },
  });
  const guest = await adapter.openGuest(handle);
  const missing = guest.exec(['/no/such']);
  expect(await missing.exit).toEqual({ errno: 2 });
  const program = guest.exec([probe, 'say', 'hello', 'exit', '7']);
  let said = '';
  program.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  expect(await program.exit).toEqual({ code: 7 });
  expect(said).toBe('hello\n');
  const waits = guest.exec([probe, 'park']);
  waits.kill(9);
  expect(await waits.exit).toEqual({ signal: 9 });
  guest.close();
  await adapter.remove(handle, { force: true });
});

test('after everything was removed nothing is left: no folder, no identifier, no process', async () => {
  for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
  // Two alike spawns may have had a VM kept ready.
  await adapter.close();
  const left = [
    paths.daemons,
    paths.cids,
    join(paths.base, 'vms'),
    join(paths.vmm, 'native'),
    join(paths.bridges, 'native'),
  ];
  for (const path of left) expect(readdirSync(path).filter((name) => !name.startsWith('.'))).toEqual([]);
  await expect(
    adapter.status({
      version: 1,
      name: 'beside',
      platform: 'pepita',
      id: 'x',
      data: { kind: 'pepita', vmId: 'x', vsockCid: 3 },
    }),
  ).rejects.toMatchObject({ reason: 'not-found' });
});
