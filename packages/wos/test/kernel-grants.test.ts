import { copyFileSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { useKernel } from './support/kernel.ts';
import { describeWithPrograms, program, temporaryFolder } from './support/programs.ts';

describeWithPrograms('what a child may', () => {
  const test = useKernel({ threads: 1 });
  const folder = temporaryFolder();
  const inside = join(folder, 'inside');
  mkdirSync(join(inside, 'deep'), { recursive: true });
  writeFileSync(join(folder, 'secret'), 'secret');
  for (const place of [inside, join(inside, 'deep')]) writeFileSync(join(place, 'file'), 'text');
  symlinkSync('../..', join(inside, 'deep', 'out'));
  symlinkSync('deep', join(inside, 'link'));

  /** Starts a child that reads or writes a file, from one who may read and write `inside`, unless said otherwise. */
  const grant = async (act: 'read' | 'write', path: string, caps: string[], write = true, module = '-') => {
    const preopens = [{ guest: '/in', host: inside, write }];
    const net = { connect: ['127.0.0.1:*'], listen: ['127.0.0.1:8080'] };
    const run = await test.run('family', ['grant', module, act, path, ...caps], {
      capabilities: { preopens, net, spawn: true },
    });
    // Both write: parent and child, at one time.
    return run.stdout.split('\n').sort().reverse().join('\n');
  };
  const done = 'spawn 0\nchild: code 0 signal 0\n';

  it('is nothing unless it is given', async () => {
    // ENOENT and ENOTCAPABLE are what wasi-libc makes of a path in no directory.
    expect(await grant('read', '/in/file', [])).toMatch(/^spawn 0\nchild: code (44|76) signal 0\n$/);
  });

  it('is what it is given: to read, to write, a part, another name, everything', async () => {
    const read = done.replace('child', 'read text\nchild');
    expect(await grant('read', '/in/file', ['fs:read=/in'])).toBe(read);
    expect(await grant('write', '/in/file', ['fs:read=/in'])).toMatch(/child: code (63|76|2) /);
    expect(await grant('write', '/in/new', ['fs:write=/in'])).toBe(done);
    expect(await grant('read', '/in/deep/file', ['fs:read=/in/deep'])).toBe(read);
    expect(await grant('read', '/in/file', ['fs:read=/in/deep'])).toMatch(/child: code (44|76) /);
    expect(await grant('read', '/own/file', ['fs:read=/in/link:/own'])).toBe(read);
    expect(await grant('write', '/in/other', ['*'])).toBe(done);
    expect(readFileSync(join(inside, 'new'), 'utf8')).toBe('');
  });

  it('is never more than its parent may', async () => {
    expect(await grant('write', '/in/x', ['fs:write=/in'], false)).toBe('spawn 76\n');
    expect(await grant('write', '/in/x', ['*'], false)).toMatch(/child: code (63|76|2) /);
    // EPERM: it leads out.
    expect(await grant('read', '/up/secret', ['fs:read=/in/..:/up'])).toBe('spawn 63\n');
    expect(await grant('read', '/up/secret', ['fs:read=/in/deep/out:/up'])).toBe('spawn 63\n');
    expect(await grant('read', '/etc/passwd', ['fs:read=/etc'])).toBe('spawn 76\n');
    for (const net of [
      'net:connect=127.0.0.1:80',
      'net:connect=127.0.0.1:*',
      'net:listen=127.0.0.1:8080',
      'net',
    ])
      expect(await grant('read', '/in/file', ['fs:read=/in', net]), net).toContain(done.slice(8));
    for (const net of [
      'net:connect=*',
      'net:connect=*:80',
      'net:connect=10.0.0.1:80',
      'net:listen=127.0.0.1:*',
    ])
      expect(await grant('read', '/in/file', [net]), net).toBe('spawn 76\n');
    for (const nonsense of ['', 'root', 'fs:read=', 'fs:read=in', 'net:connect=x'])
      expect(await grant('read', '/in/file', [nonsense]), nonsense).toMatch(/^spawn (28|76)\n$/);
  });

  it('is shown in the process table', async () => {
    const preopens = [{ guest: '/in', host: inside, write: true }];
    const parent = await test.start('family', ['chain', '1'], { capabilities: { preopens, spawn: true } });
    await parent.says('0 left');
    const [child] = test.kernel.descendants(parent.pid) as [number];
    expect(test.kernel.status(child).capabilities).toEqual({
      preopens: [{ guest: '/in', host: inside, write: true }],
      net: { listen: [], connect: [], open: [] },
      spawn: true,
    });
    test.kernel.signalTree(parent.pid, 'KILL');
    await parent.end();
  });

  it('is a module that its parent can read, or an error', async () => {
    copyFileSync(program('family'), join(inside, 'own.wasm'));
    writeFileSync(join(inside, 'bad.wasm'), 'no module');
    writeFileSync(join(inside, 'huge.wasm'), '');
    truncateSync(join(inside, 'huge.wasm'), 2 ** 33);
    symlinkSync('/dev/zero', join(inside, 'zero.wasm'));
    symlinkSync('own.wasm', join(inside, 'symlink.wasm'));
    const start = (module: string) => grant('read', '/in/file', ['fs:read=/in'], false, module);
    expect(await start('/in/own.wasm')).toContain('read text');
    expect(await start('/in/symlink.wasm')).toContain('read text');
    // ENOEXEC, ENOENT, EFBIG, EPERM, ENOTCAPABLE.
    expect(await start('/in/bad.wasm')).toBe('spawn 45\n');
    expect(await start('/in/deep')).toBe('spawn 45\n');
    expect(await start('/in/none.wasm')).toBe('spawn 44\n');
    expect(await start('/in/huge.wasm')).toBe('spawn 22\n');
    expect(await start('/in/zero.wasm')).toBe('spawn 63\n');
    expect(await start('/in/../own.wasm')).toBe('spawn 63\n');
    expect(await start('/etc/passwd')).toBe('spawn 76\n');
  });

  it('is refused by name where it cannot be', async () => {
    const module = program('family');
    const capabilities = { spawn: true };
    for (const options of [{ isolation: 'process' as const }, { script: { text: '1', name: 'x' } }])
      await expect(test.kernel.spawn({ name: 'x', module, capabilities, ...options })).rejects.toMatchObject({
        code: 'Config',
        field: 'capabilities.spawn',
      });
  });
});
