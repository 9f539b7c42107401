import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findKernel } from '../src/kernel/kernel.ts';
import { PepitaPaths } from '../src/paths.ts';
import { testFolder } from './helpers.ts';

const stateDirectory = testFolder();
const { kernels } = new PepitaPaths(stateDirectory);

function plant(version: string, more: object = {}): void {
  const folder = join(kernels, version);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'vmlinux'), 'kernel');
  const modules = [{ name: 'virtio', file: 'modules/virtio.ko', sha256: 'y' }];
  const record = { format: 1, version, file: 'vmlinux', sha256: 'x', size: 6, modules, ...more };
  writeFileSync(join(folder, 'kernel.json'), JSON.stringify(record));
}

describe('finding a kernel', () => {
  test('none', async () => {
    await expect(findKernel({ stateDirectory })).rejects.toMatchObject({
      reason: 'unavailable',
      hint: 'Fetch one (pepita setup), or give one (--kernel FILE)',
    });
  });

  test('the newest one that is whole', async () => {
    for (const version of ['6.1.0-9', '6.1.0-10']) plant(version);
    plant('6.1.0-11', { size: 7 });
    plant('6.1.0-12', { format: 2 });
    plant('.6.1.0-13-unfinished');
    const found = await findKernel({ stateDirectory });
    expect(found.version).toBe('6.1.0-10');
    expect(found.modules[0]?.file).toBe(join(kernels, '6.1.0-10/modules/virtio.ko'));
  });

  test('one that was given: an ELF file, without modules', async () => {
    const kernel = join(stateDirectory, 'own');
    writeFileSync(kernel, Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(100)]));
    const found = await findKernel({ stateDirectory, kernel });
    expect(found).toMatchObject({ version: 'own', file: kernel, modules: [] });
    writeFileSync(kernel, Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(101)]));
    expect((await findKernel({ stateDirectory, kernel })).key).not.toBe(found.key);
  });

  test('a folder of pepita setup that was given', async () => {
    plant('6.2');
    const kernel = join(kernels, '6.2');
    expect((await findKernel({ stateDirectory, kernel })).version).toBe('6.2');
  });

  test.each([
    ['relative', 'is no absolute path'],
    ['/nowhere/vmlinux', 'is not there'],
    ['/etc/passwd', 'is no Linux kernel'],
    ['/etc', 'has no kernel of pepita setup'],
  ])('%s', async (kernel, why) => {
    await expect(findKernel({ stateDirectory, kernel })).rejects.toMatchObject({
      code: 'Config',
      field: 'platform.pepita.kernel',
      message: expect.stringContaining(why),
    });
  });
});
