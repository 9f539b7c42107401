import { execa } from 'execa';
import { expect, test } from 'vitest';
import { testKernel, testState } from './harness.ts';

const stateDirectory = testState();
const isRoot = process.getuid?.() === 0;

/** Runs a script in a mount namespace of its own. @returns what it has printed as JSON */
async function inNamespace(name: string) {
  const script = new URL(name, import.meta.url).pathname;
  const args = ['--mount', process.execPath, script, stateDirectory, await testKernel()];
  const { stdout } = await execa('unshare', args);
  return JSON.parse(stdout);
}

async function bootOnFullDisk(): Promise<void> {
  const { small, filled } = await inNamespace('full-disk.ts');
  expect(small).toEqual({
    how: 'cold',
    notes: [expect.stringMatching(/^Booted without a snapshot: No room for a snapshot of 128 MiB in /)],
    left: [],
  });
  expect(filled).toMatchObject({ how: 'cold', left: [] });
  expect(filled.notes[0]).toMatch(/^Booted without a snapshot: /);
}

async function writeToFullDisk(): Promise<void> {
  const { small, filled } = await inNamespace('full-disk-snapshot.ts');
  const left = { left: [], state: 'running' };
  expect(small).toEqual({ error: expect.stringMatching(/No room for \d+ MiB in /), ...left });
  expect(filled).toEqual({ error: expect.stringMatching(/ENOSPC|No space left on device/), ...left });
}

if (isRoot) {
  test('a full disk: VMs boot without a snapshot, and nothing half made is left', bootOnFullDisk);
  test(
    'a full disk: a VM that cannot be written to it goes on, and nothing half written is left',
    writeToFullDisk,
  );
}
