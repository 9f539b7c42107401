import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { useKernel } from './support/kernel.ts';
import { describeWithPrograms, temporaryFolder } from './support/programs.ts';

describeWithPrograms('files', () => {
  const test = useKernel();
  const root = temporaryFolder();
  let shared = '';
  let count = 0;

  /** A directory that is given, and beside it one that is not. */
  beforeEach(() => {
    shared = join(root, String(count++), 'shared');
    mkdirSync(join(shared, 'sub'), { recursive: true });
    mkdirSync(join(shared, '..', 'private'));
    writeFileSync(join(shared, '..', 'private', 'secret'), 'secret');
    writeFileSync(join(shared, 'file'), 'content');
    writeFileSync(join(shared, 'sub', 'below'), 'deep');
  });

  /** What each operation answers, in a writable /data or a read-only one. */
  async function does(operations: readonly string[], write = true, options = {}): Promise<string[]> {
    const capabilities = { preopens: [{ guest: '/data', host: shared, write }] };
    const { stdout, stderr } = await test.run('files', [...operations], { capabilities, ...options });
    expect(stderr).toBe('');
    return stdout.trimEnd().split('\n');
  }

  it('are read, written, appended to and made anew', async () => {
    expect(
      await does(['read:/data/file', 'write:/data/new:one', 'append:/data/new:two', 'read:/data/new']),
    ).toEqual([
      '<content> read:/data/file: ok 0',
      'write:/data/new:one: ok 0',
      'append:/data/new:two: ok 0',
      '<onetwo> read:/data/new: ok 0',
    ]);
    expect(readFileSync(join(shared, 'new'), 'utf8')).toBe('onetwo');
    expect(
      await does(['create:/data/new', 'create:/data/newer', 'read:/data/none', 'read:/data/file/x']),
    ).toEqual([
      'create:/data/new: File exists',
      'create:/data/newer: ok 0',
      'read:/data/none: No such file or directory',
      'read:/data/file/x: Not a directory',
    ]);
  });

  it('have positions, vectors, sizes and times', async () => {
    expect(await does(['exercise:/data/x'])).toEqual(['exercise:/data/x: ok 0']);
    expect(readFileSync(join(shared, 'x'), 'utf8')).toBe('Bxy34end');
  });

  it('are made, moved, linked and removed', async () => {
    const operations = [
      'mkdir:/data/d',
      'rename:/data/file:/data/d/moved',
      'link:/data/d/moved:/data/twin',
      'unlink:/data/d/moved',
      'read:/data/twin',
    ];
    expect(await does([...operations, 'rmdir:/data/d', 'size:/data/twin', 'touch:/data/twin'])).toEqual([
      'mkdir:/data/d: ok 0',
      'rename:/data/file:/data/d/moved: ok 0',
      'link:/data/d/moved:/data/twin: ok 0',
      'unlink:/data/d/moved: ok 0',
      '<content> read:/data/twin: ok 0',
      'rmdir:/data/d: ok 0',
      'size:/data/twin: ok 7',
      'touch:/data/twin: ok 0',
    ]);
    expect(
      await does(['rmdir:/data/sub', 'rmdir:/data/twin', 'unlink:/data/sub', 'mkdir:/data/sub']),
    ).toEqual([
      'rmdir:/data/sub: Directory not empty',
      'rmdir:/data/twin: Not a directory',
      'unlink:/data/sub: Is a directory',
      'mkdir:/data/sub: File exists',
    ]);
  });

  it('are listed, however many', async () => {
    expect(await does(['list:/data'])).toEqual(['../ ./ file sub/ list:/data: ok 4']);
    for (let file = 0; file < 3000; file++)
      writeFileSync(join(shared, 'sub', `with-a-rather-long-name-${file}`), '');
    expect((await does(['list:/data/sub']))[0]).toMatch(/ok 3003$/);
  });

  it('follow links within the directory, and say where they lead', async () => {
    symlinkSync('sub/below', join(shared, 'link'));
    symlinkSync('../file', join(shared, 'sub', 'up'));
    symlinkSync('sub', join(shared, 'folder'));
    expect(
      await does([
        'read:/data/link',
        'read:/data/sub/up',
        'read:/data/folder/../file',
        'lsize:/data/link',
        'readlink:/data/link',
        'nofollow:/data/link',
        'symlink:file:/data/made',
        'read:/data/made',
      ]),
    ).toEqual([
      '<deep> read:/data/link: ok 0',
      '<content> read:/data/sub/up: ok 0',
      '<content> read:/data/folder/../file: ok 0',
      'lsize:/data/link: ok 9',
      '<sub/below> readlink:/data/link: ok 0',
      'nofollow:/data/link: Symbolic link loop',
      'symlink:file:/data/made: ok 0',
      '<content> read:/data/made: ok 0',
    ]);
  });

  it('outside are out of reach, whatever the path or the link', async () => {
    const secret = join(shared, '..', 'private', 'secret');
    symlinkSync('../private/secret', join(shared, 'out'));
    symlinkSync(secret, join(shared, 'absolute'));
    symlinkSync('..', join(shared, 'parent'));
    symlinkSync('loop', join(shared, 'loop'));
    const operations = [
      'read:/data/../private/secret',
      'read:/data/sub/../../private/secret',
      'read:/data/out',
      'read:/data/absolute',
      'readlink:/data/absolute',
      'read:/data/parent/private/secret',
      'write:/data/out:x',
      'unlink:/data/parent/private/secret',
      'rename:/data/file:/data/parent/private/file',
      'link:/data/parent/private/secret:/data/stolen',
      'list:/data/parent',
      'size:/data/absolute',
      'symlink:/etc/passwd:/data/passwd',
      'mkdir:/data/parent/private/x',
    ];
    for (const line of await does(operations)) expect(line).toMatch(/: Operation not permitted$/);
    for (const line of await does(['read:/etc/passwd', 'read:secret', `read:${secret}`]))
      expect(line).toMatch(/No such file|Capabilities insufficient|not capable/);
    expect(await does(['read:/data/loop'])).toEqual(['read:/data/loop: Symbolic link loop']);
    expect(readFileSync(secret, 'utf8')).toBe('secret');
  });

  it('cannot be changed in a directory that is only read', async () => {
    const operations = [
      'write:/data/file:x',
      'create:/data/new',
      'append:/data/file:x',
      'mkdir:/data/d',
      'unlink:/data/file',
      'rmdir:/data/sub',
      'rename:/data/file:/data/x',
      'link:/data/file:/data/x',
      'symlink:file:/data/x',
      'touch:/data/file',
    ];
    // wasi-libc opens what it may not write without that right, and calls the write that then fails EBADF.
    for (const line of await does(operations, false))
      expect(line).toMatch(/: (Capabilities insufficient|Bad file descriptor)$/);
    expect(await does(['read:/data/file', 'list:/data/sub', 'size:/data/file'], false)).toEqual([
      '<content> read:/data/file: ok 0',
      '../ ./ below list:/data/sub: ok 3',
      'size:/data/file: ok 7',
    ]);
    expect(readFileSync(join(shared, 'file'), 'utf8')).toBe('content');
  });

  it('begin at the working directory when the path is relative', async () => {
    expect(await does(['read:below', 'read:./below'], true, { cwd: '/data/sub' })).toEqual([
      '<deep> read:below: ok 0',
      '<deep> read:./below: ok 0',
    ]);
    await expect(does([], true, { cwd: '/elsewhere' })).rejects.toThrow(
      'The working directory /elsewhere is in none of the directories',
    );
  });

  it('are open only as many as the limit says', async () => {
    expect(await does(['many:/data/file'], true, { limits: { openFiles: 20 } })).toEqual([
      'No file descriptors available many:/data/file: ok 16',
    ]);
  });

  it('that are FIFOs make their process wait, not the kernel', async () => {
    execFileSync('mkfifo', [join(shared, 'fifo')]);
    const capabilities = { preopens: [{ guest: '/data', host: shared, write: true }] };
    const opened = await open(join(shared, 'fifo'), 'r+');
    const reader = await test.start('files', ['read:/data/fifo'], { capabilities });
    expect((await test.run('basics', ['exit', '0'])).exit).toEqual({ code: 0 });
    expect(test.kernel.status(reader.pid).exit).toBeUndefined();
    await opened.write('late');
    expect((await reader.end()).stdout).toBe('<late> read:/data/fifo: ok 0\n');
    await opened.close();
  });
});
