import { copyFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { inState, probe, testAdapter } from './adapter-harness.ts';
import { mebibyte, testState } from './harness.ts';

const { adapter, texts } = await testAdapter();
const folder = testState();
const content = join(folder, 'content');
for (const path of ['bin', 'data', 'tmp', 'proc', 'sys', 'dev', 'run'])
  mkdirSync(join(content, path), { recursive: true });
copyFileSync(probe, join(content, 'bin', 'probe'));
writeFileSync(join(content, 'data', 'file'), 'of the image\n');

/** Bytes of each: of one size, so that all VMs here go on from one snapshot, whatever their root is. */
const size = 16 * mebibyte;
/** Who makes an image of a folder, without root and without a mount. */
const makers = {
  ext4: (file: string) => ['/usr/sbin/mkfs.ext4', '-q', '-d', content, file, `${size / 1024}k`],
  squashfs: (file: string) => ['/usr/bin/mksquashfs', content, file, '-quiet', '-no-progress', '-all-root'],
} as const;

async function imageOf(type: keyof typeof makers): Promise<string> {
  const file = join(folder, `${type}.img`);
  const [program = '', ...args] = makers[type](file);
  if (!existsSync(file)) await execa(program, args);
  truncateSync(file, size);
  return file;
}

for (const type of ['ext4', 'squashfs'] as const) {
  if (!existsSync(makers[type]('')[0] ?? '')) continue;
  describe(`a root of ${type} with the kernel of pepita setup`, () => {
    test('is the daemon’s, and written to in memory', async () => {
      const rootfs = await imageOf(type);
      const handle = await adapter.spawn({
        name: type,
        program: '/bin/probe',
        args: ['say', 'from the image', 'park'],
        stopTimeout: 2000,
        platform: { pepita: { rootfs } },
      });
      await inState(adapter, handle, 'running');
      expect(await adapter.inspect(handle)).toMatchObject({ guest: { root: '/dev/vda', rootfs: type } });
      const guest = await adapter.openGuest(handle);
      await guest.put('/data/new', { data: readFileSync(probe), mode: 0o755 });
      expect(await guest.exec(['/data/new', 'exit', '7']).exit).toEqual({ code: 7 });
      guest.close();
      await adapter.stop(handle);
      expect(await texts(handle)).toEqual(['from the image']);
      await adapter.remove(handle);
    });

    test('also when the VM is booted again', async () => {
      const rootfs = await imageOf(type);
      const handle = await adapter.spawn({
        name: `${type}-again`,
        program: '/bin/probe',
        args: ['park'],
        stopTimeout: 2000,
        restart: { policy: 'on-failure', delay: 20 },
        platform: { pepita: { rootfs } },
      });
      process.kill((await adapter.inspect(handle)).vmm?.pid ?? 0, 'SIGKILL');
      await expect
        .poll(async () => await adapter.status(handle), { timeout: 30_000 })
        .toMatchObject({ state: 'running', restarts: 1 });
      await adapter.remove(handle, { force: true });
    });
  });
}

test('a root that is damaged is told, and nothing is left', async () => {
  const rootfs = join(folder, 'damaged');
  const bytes = Buffer.alloc(size);
  bytes.write('hsqs');
  writeFileSync(rootfs, bytes);
  const spawning = adapter.spawn({ name: 'damaged', program: '/x', platform: { pepita: { rootfs } } });
  await expect(spawning).rejects.toThrow(/has no root: the root file system cannot be mounted/);
  expect(await adapter.find('damaged')).toBeUndefined();
});
