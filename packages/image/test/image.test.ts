import { chmodSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { buildImage, fileEntries, keyLabel, layerEntries, planProgram, writeLayer } from '../src/index.ts';
import { sha256 } from '../src/source.ts';
import { bytesOf, entryOf, inRoot, isRoot, platform, testFolder, unpack, writeScript } from './helpers.ts';

const folder = testFolder();
const shell = (extra: string[] = [], more = {}) =>
  planProgram({ program: '/bin/sh', args: ['-c', 'echo ok'], platform, extra, ...more });

/** A file of a tar, as tar(1) reads it. */
const member = async (archive: Buffer, name: string): Promise<Buffer> =>
  Buffer.from((await execa({ input: archive, encoding: 'buffer' })`tar -xOf - ${name}`).stdout);

describe('the archive', () => {
  test('is a docker-archive whose parts agree', async () => {
    const image = await buildImage(await shell(), { name: 'my-shell' });
    expect(image.reference).toBe(`duende.local/my-shell:${image.key.slice(0, 32)}`);
    const archive = await bytesOf(image);
    expect(archive.length).toBe(image.sizeBytes);
    const [manifest] = JSON.parse(String(await member(archive, 'manifest.json')));
    expect(manifest).toMatchObject({ RepoTags: [image.reference], Layers: ['base.tar', 'daemon.tar'] });
    const text = await member(archive, manifest.Config);
    expect(manifest.Config).toBe(`${sha256(text)}.json`);
    const config = JSON.parse(String(text));
    expect(config).toMatchObject({
      architecture: process.arch === 'x64' ? 'amd64' : 'arm64',
      os: 'linux',
      config: { User: '65532:65532', WorkingDir: '/', Labels: { [keyLabel]: image.key } },
    });
    const layers = await Promise.all(manifest.Layers.map((name: string) => member(archive, name)));
    expect(config.rootfs.diff_ids).toEqual(layers.map((layer) => `sha256:${sha256(layer)}`));
  });

  test('is the same whenever and wherever it is made', async () => {
    const file = join(folder, 'same');
    writeFileSync(file, 'same');
    const first = await buildImage(await shell([file]));
    const bytes = sha256(await bytesOf(first));
    utimesSync(file, 1, 1);
    const second = await buildImage(await shell([file]), { cacheDirectory: join(folder, 'same-cache') });
    expect(second.key).toBe(first.key);
    expect(sha256(await bytesOf(second))).toBe(bytes);
    expect(sha256(await bytesOf(second))).toBe(bytes);
  });

  test('has another key when anything in it differs', async () => {
    const file = join(folder, 'differs');
    const keyOf = async (more = {}, options = {}) =>
      (await buildImage(await shell([file], more), options)).key;
    writeFileSync(file, 'one');
    const keys = [await keyOf()];
    writeFileSync(file, 'two');
    keys.push(await keyOf());
    chmodSync(file, 0o755);
    keys.push(await keyOf());
    keys.push(await keyOf({ user: { uid: 1000, gid: 1000 } }));
    keys.push(await keyOf({ accounts: [{ name: 'web', uid: 1000, gid: 1000 }] }));
    keys.push(await keyOf({}, { runtimeConfig: { env: { A: 'b' } } }));
    expect(new Set(keys).size).toBe(keys.length);
    // What is executed in it is said when it is run.
    expect(await keyOf({ args: [] })).toBe(keys[2]);
  });

  test('long names, long links and names that are not ASCII', async () => {
    const long = join(folder, 'x'.repeat(120), 'ä'.repeat(60));
    mkdirSync(dirname(long));
    writeFileSync(long, 'far away');
    symlinkSync('y'.repeat(200), join(dirname(long), 'link'));
    const plan = await shell([dirname(long)]);
    const root = await unpack(plan, join(folder, 'long'));
    expect(readFileSync(join(root, long), 'utf8')).toBe('far away');
    const image = await buildImage(plan);
    expect((await bytesOf(image)).length).toBe(image.sizeBytes);
  });

  test('a name that no reference can have', async () => {
    await expect(buildImage(await shell(), { name: 'Upper' })).rejects.toMatchObject({
      code: 'Config',
      field: 'name',
    });
  });

  test.each(['changed', 'shorter', 'longer, and more', undefined])(
    'a file that is %s meanwhile',
    async (text) => {
      const file = join(folder, 'meanwhile');
      writeFileSync(file, 'as plan');
      const plan = await shell([file]);
      const image = await buildImage(plan);
      if (text === undefined) await execa`rm ${file}`;
      else writeFileSync(file, text.slice(0, text === 'shorter' ? 3 : undefined));
      const changed = { code: 'SpawnFailed', message: expect.stringContaining(file) };
      await expect(bytesOf(image)).rejects.toMatchObject(changed);
      await expect(buildImage(plan)).rejects.toMatchObject(changed);
    },
  );
});

describe('the root file system', () => {
  test('has what a daemon may expect', async () => {
    const plan = await shell([], {
      accounts: [{ name: 'web', uid: 1000, gid: 1001, group: 'www', home: '/srv' }],
      env: { TZ: 'Europe/Berlin' },
    });
    const text = (path: string) => String((entryOf(plan, path) as { content: Buffer }).content);
    expect(text('/etc/passwd')).toContain('duende:x:65532:65532::/home/duende:');
    expect(text('/etc/passwd')).toContain('web:x:1000:1001::/srv:');
    expect(text('/etc/group')).toContain('www:x:1001:');
    expect(text('/etc/nsswitch.conf')).toContain('hosts: files dns');
    expect(entryOf(plan, '/tmp')).toMatchObject({ mode: 0o1777 });
    expect(entryOf(plan, '/home/duende')).toMatchObject({ uid: 65532, gid: 65532 });
    for (const path of ['/proc', '/sys', '/dev', '/run', '/var/tmp']) {
      expect(entryOf(plan, path)).toMatchObject({ type: 'directory' });
    }
    const zones = fileEntries(plan).filter(({ path, type }) => path.includes('zoneinfo/') && type === 'file');
    expect(zones.length).toBeLessThanOrEqual(2);
  });

  test.each([
    { name: 'a:b', uid: 1, gid: 1 },
    { name: 'a', uid: -1, gid: 1 },
  ])('account %o', async (account) => {
    await expect(shell([], { accounts: [account] })).rejects.toMatchObject({
      code: 'Config',
      field: 'accounts',
    });
  });

  test('extra folders keep their links and modes; secrets belong to the daemon', async () => {
    const extra = join(folder, 'extra');
    mkdirSync(join(extra, 'inner'), { recursive: true });
    mkdirSync(join(extra, 'closed'), { mode: 0o700 });
    writeFileSync(join(extra, 'inner/data'), 'data');
    writeFileSync(join(extra, 'closed/key'), 'key', { mode: 0o600 });
    symlinkSync('inner/data', join(extra, 'link'));
    symlinkSync('nowhere', join(extra, 'dangling'));
    const plan = await shell([extra, '/bin/sh']);
    expect(entryOf(plan, join(extra, 'link'))).toMatchObject({ linkTarget: 'inner/data' });
    expect(entryOf(plan, join(extra, 'dangling'))).toMatchObject({ linkTarget: 'nowhere' });
    expect(entryOf(plan, join(extra, 'inner/data'))).toMatchObject({ uid: 0, mode: 0o644 });
    expect(entryOf(plan, join(extra, 'closed'))).toMatchObject({ uid: 65532, mode: 0o700 });
    expect(entryOf(plan, join(extra, 'closed/key'))).toMatchObject({ uid: 65532, mode: 0o600 });
  });

  test('sockets, devices and what is not there are refused by name', async () => {
    const path = join(folder, 'with-socket/socket');
    mkdirSync(dirname(path));
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    const refused = (what: string) => ({
      code: 'Config',
      field: 'extra',
      message: expect.stringContaining(what),
    });
    await expect(shell([dirname(path)])).rejects.toMatchObject(refused(`${path} is a socket`));
    server.close();
    await expect(shell(['/dev/null'])).rejects.toMatchObject(refused('/dev/null'));
    await expect(shell(['/'])).rejects.toMatchObject(refused('the whole host'));
    await expect(shell(['/no/such'])).rejects.toMatchObject(refused('no such file'));
    await expect(shell(['relative'])).rejects.toMatchObject(refused('no absolute path'));
  });

  test('a layer by itself', async () => {
    const plan = await shell();
    const entries = layerEntries(plan.entries, 'daemon');
    expect(entries.map(({ type }) => type)).not.toContain('content');
    const digests = new Map(
      entries.map((entry) => [entry.path, 'source' in entry ? sha256(readFileSync(entry.source)) : '']),
    );
    const layer = writeLayer(entries, { platform, digests });
    const chunks: Buffer[] = [];
    let step = await layer.next();
    for (; !step.done; step = await layer.next()) chunks.push(step.value);
    const all = Buffer.concat(chunks);
    expect(step.value).toEqual({ digest: sha256(all), size: all.length });
  });
});

describe('a program in its root file system', () => {
  test('a shell', async () => {
    const plan = await shell();
    const root = await unpack(plan, join(folder, 'shell'));
    expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toContain('root:x:0:0:');
    if (isRoot) expect((await inRoot(root, plan.argv)).stdout).toBe('ok');
  });

  test('a Node script', async () => {
    const script = writeScript(
      join(folder, 'hello'),
      '#!/usr/bin/env node\nconsole.log(process.argv[2], process.getuid(), require("os").userInfo().username)\n',
    );
    const env = { PATH: dirname(process.execPath) };
    const plan = await planProgram({ program: script, args: ['hello'], platform, env });
    const root = await unpack(plan, join(folder, 'node'));
    expect(readFileSync(join(root, script))).toEqual(readFileSync(script));
    if (isRoot) expect((await inRoot(root, plan.argv, env)).stdout).toBe('hello 65532 duende');
  });
});

if (!isRoot) {
  test('a file that may not be read', async () => {
    const file = writeScript(join(folder, 'unreadable'), 'secret', 0o000);
    await expect(buildImage(await shell([file]))).rejects.toMatchObject({
      code: 'SpawnFailed',
      reason: 'permission-denied',
      message: expect.stringContaining(file),
    });
  });
}
