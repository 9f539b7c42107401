import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type FileEntry, type ImagePlan, planProgram } from '@duende/image';
import { describe, expect, test } from 'vitest';
import { PepitaPaths } from '../src/paths.ts';
import { layOutErofs } from '../src/rootfs/erofs-layout.ts';
import { diskSizeFor, makeRootfs } from '../src/rootfs/rootfs.ts';
import { namesIn, readErofs } from './erofs-reader.ts';
import { testFolder } from './helpers.ts';

const folder = testFolder();
const root = { uid: 0, gid: 0, layer: 'base' } as const;
const directory = (path: string, mode = 0o755): FileEntry => ({ ...root, path, type: 'directory', mode });
const file = (path: string, content: string): FileEntry => ({
  ...root,
  path,
  type: 'file',
  mode: 0o644,
  content: Buffer.from(content),
});

/** The image as bytes, without files of the host. */
function imageOf(entries: readonly FileEntry[]): Buffer {
  const layout = layOutErofs(entries);
  const image = Buffer.alloc(layout.size);
  layout.head.copy(image);
  for (const { content, offset } of layout.extents) content?.copy(image, offset);
  return image;
}

/** The first bytes of a file that is too long to be read whole. */
function beginOf(path: string, size: number): Buffer {
  const data = Buffer.alloc(size);
  const fd = openSync(path, 'r');
  readSync(fd, data, 0, size, 0);
  closeSync(fd);
  return data;
}

describe('an EROFS image', () => {
  test('has owners, modes, links and contents', () => {
    const entries: FileEntry[] = [
      directory('/'),
      directory('/home', 0o1777),
      {
        ...root,
        path: '/home/a',
        type: 'file',
        mode: 0o4750,
        uid: 65532,
        gid: 100_000,
        content: Buffer.from('x'),
      },
      { ...root, path: '/link', type: 'symlink', mode: 0o777, linkTarget: 'home/a' },
      file('/empty', ''),
    ];
    const found = readErofs(imageOf(entries));
    const text = found.map(({ path, mode, uid, gid, links, content }) =>
      [path, mode.toString(8), uid, gid, links, mode >> 12 === 4 ? '' : String(content)].join(' '),
    );
    expect(text).toEqual([
      '/ 40755 0 0 3 ',
      '/empty 100644 0 0 1 ',
      '/home 41777 0 0 2 ',
      '/home/a 104750 65532 100000 1 x',
      '/link 120777 0 0 1 home/a',
    ]);
  });

  test('has folders of many blocks, names in the order of their bytes', () => {
    const names = Array.from(
      { length: 500 },
      (_, index) => `${index % 2 ? 'ü' : '!'}-${'n'.repeat(index % 200)}${index}`,
    );
    const image = imageOf([directory('/'), ...names.map((name) => file(`/${name}`, name))]);
    const found = readErofs(image);
    expect(found).toHaveLength(501);
    for (const { path, content } of found.slice(1)) expect(path).toBe(`/${content}`);
    const inOrder = namesIn(found[0]?.content ?? Buffer.alloc(0)).map(({ name }) => name);
    expect(inOrder).toEqual(
      ['.', '..', ...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
  });

  test('of a name of 255 bytes and a file of several blocks', () => {
    const content = 'y'.repeat(4096 * 3 + 1);
    const found = readErofs(imageOf([directory('/'), file(`/${'n'.repeat(255)}`, content)]));
    expect(String(found[1]?.content)).toBe(content);
  });

  test('grows in powers of two', () => {
    const gigabyte = 1024 ** 3;
    expect(diskSizeFor(1)).toBe(4 * gigabyte);
    expect(diskSizeFor(4 * gigabyte + 1)).toBe(8 * gigabyte);
  });
});

describe('the image of a plan', () => {
  const paths = new PepitaPaths(join(folder, 'state'));
  const plan = (): Promise<ImagePlan> =>
    planProgram({ platform: 'pepita', program: '/bin/true', cacheDirectory: paths.images });

  test('has the files of the host, is private, sparse, and made once', async () => {
    const made = await makeRootfs(await plan(), paths);
    const stat = statSync(made.file);
    expect([stat.mode & 0o777, stat.size]).toEqual([0o600, made.diskSize]);
    expect(stat.blocks * 512).toBeLessThan(64 * 1024 ** 2);
    const head = beginOf(made.file, stat.blocks * 512 + 4096);
    const program = readErofs(head).find(({ content }) => content.equals(readFileSync('/bin/true')));
    expect(program?.mode).toBe(0o100755);
    expect(await makeRootfs(await plan(), paths)).toEqual(made);
    expect(statSync(made.file).ino).toBe(stat.ino);
  });

  test('is the same for other arguments, and made by several at once', async () => {
    const other = new PepitaPaths(join(folder, 'several'));
    const base = await plan();
    const plans = [base, { ...base, argv: [...base.argv, 'x'] }, base, base];
    const made = await Promise.all(plans.map((each) => makeRootfs(each, other)));
    expect(new Set(made.map(({ file }) => file)).size).toBe(1);
    expect(readdirSync(other.rootfs)).toHaveLength(1);
  });

  test('leaves nothing behind when a file of the host changes meanwhile', async () => {
    const source = join(folder, 'changing');
    writeFileSync(source, 'before');
    const extra = { platform: 'pepita', program: '/bin/true', extra: [source] } as const;
    const planned = await planProgram(extra);
    writeFileSync(source, 'after it');
    const other = new PepitaPaths(join(folder, 'changed'));
    mkdirSync(other.rootfs, { recursive: true });
    await expect(makeRootfs(planned, other)).rejects.toThrow('has changed while');
    expect(readdirSync(other.rootfs)).toEqual([]);
    expect(existsSync(source)).toBe(true);
  });
});
