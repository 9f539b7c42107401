import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findQemu, parseQemuVersion } from '../src/qemu/find-qemu.ts';
import { testFolder } from './helpers.ts';

const folder = testFolder();

function program(name: string, script: string): string {
  const path = join(folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('finding QEMU', () => {
  test('that was given', async () => {
    const line = 'QEMU emulator version 9.1.0 (own)';
    const path = program('new', `echo '${line}'; echo Copyright`);
    expect(await findQemu(path)).toEqual({ program: path, version: line });
  });

  test.each([
    ['too old', 'echo "QEMU emulator version 7.0.0"', 'QEMU 7.0 is too old'],
    ['no QEMU', 'echo hello', 'does not say which version it is'],
    ['broken', 'exit 127', 'does not say which version it is'],
  ])('that is %s', async (name, script, message) => {
    await expect(findQemu(program(name.replaceAll(' ', '-'), script))).rejects.toMatchObject({
      reason: 'unavailable',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('apt-get install qemu-system-x86'),
    });
  });

  test('that is not there', async () => {
    await expect(findQemu('/nowhere/qemu')).rejects.toMatchObject({
      reason: 'unavailable',
      message: 'There is no /nowhere/qemu here',
    });
  });

  test('versions', () => {
    expect(parseQemuVersion('QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg)')).toEqual([7, 2]);
    expect(parseQemuVersion('')).toBeUndefined();
  });
});
