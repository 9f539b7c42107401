import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from '@duende/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { hostArch } from '../src/host-arch.ts';
import { parseKernelDependency, resolveKernelPackage } from '../src/kernel/debian-package.ts';
import { setupKernel } from '../src/kernel/setup-kernel.ts';
import { testFolder } from './helpers.ts';

const folder = testFolder();
const shown = `Package: linux-image-cloud-amd64
Version: 6.1.192-2
Depends: linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2)
`;

/** A PATH with these tools only. */
function tools(name: string, scripts: Readonly<Record<string, string>>): void {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [tool, script] of Object.entries(scripts)) {
    writeFileSync(join(path, tool), `#!/bin/sh\n${script}\n`);
    chmodSync(join(path, tool), 0o755);
  }
  vi.stubEnv('PATH', path);
}

const show = `printf '${shown.replaceAll('\n', '\\n')}'`;
const state = (name: string) => ({ stateDirectory: join(folder, `state-${name}`) });

async function lineOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!PlatformError.isInstance(error)) throw error ?? new Error('it did not fail');
  expect(error.toLine()).not.toMatch(/\n/);
  return error.toLine();
}

describe('the kernel package', () => {
  afterEach(() => vi.unstubAllEnvs());

  test('is what the meta package depends on', () => {
    expect(parseKernelDependency(shown)).toEqual({
      name: 'linux-image-6.1.0-56-cloud-amd64',
      version: '6.1.192-2',
    });
    expect(parseKernelDependency('Package: x\n')).toBeUndefined();
  });

  test('cannot be found without apt', async () => {
    tools('none', {});
    expect(await lineOf(resolveKernelPackage('x'))).toBe(
      'There is no apt-cache here: kernels are fetched on Debian only. Give a kernel instead (--kernel FILE)',
    );
  });

  test('that apt does not know', async () => {
    tools('unknown', { 'apt-cache': 'echo "E: No packages found" >&2; exit 100' });
    expect(await lineOf(resolveKernelPackage('linux-image-cloud-amd64'))).toMatch(
      /^apt knows no package linux-image-cloud-amd64\. Update its lists \(apt-get update\)/,
    );
  });

  test('that is gone from the server', async () => {
    const why = 'E: Failed to fetch http://deb.debian.org/x.deb  404  Not Found [IP: 1.2.3.4 80]';
    tools('gone', { 'apt-cache': show, 'apt-get': `echo "${why}" >&2; exit 100` });
    expect(await lineOf(setupKernel(state('gone')))).toMatch(
      /^Cannot download linux-image-6.*404.*\. Update the lists of apt \(apt-get update\)$/,
    );
  });

  test('without a network', async () => {
    const why = "E: Failed to fetch http://x.deb  Temporary failure resolving 'deb.debian.org'";
    tools('offline', { 'apt-cache': show, 'apt-get': `echo "${why}" >&2; exit 100` });
    expect(await lineOf(setupKernel(state('offline')))).toMatch(
      /Temporary failure resolving.*Look at the network/,
    );
  });

  test('on another processor', () => {
    expect(() => hostArch('arm64', 'linux')).toThrow(
      'MicroVMs run on Linux on x64, and this machine is linux on arm64',
    );
    expect(() => hostArch('x64', 'darwin')).toThrow('darwin');
  });
});
