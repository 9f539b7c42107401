import { execa } from 'execa';
import { expect, test } from 'vitest';
import { testKernel, testState } from './harness.ts';

const stateDirectory = testState();
const isRoot = process.getuid?.() === 0;

async function bootOnFullDisk(): Promise<void> {
  const script = new URL('full-disk.ts', import.meta.url).pathname;
  const args = ['--mount', process.execPath, script, stateDirectory, await testKernel()];
  const { stdout } = await execa('unshare', args);
  const { small, filled } = JSON.parse(stdout);
  expect(small).toEqual({
    how: 'cold',
    notes: [expect.stringMatching(/^Booted without a snapshot: No room for a snapshot of 128 MiB in /)],
    left: [],
  });
  expect(filled).toMatchObject({ how: 'cold', left: [] });
  expect(filled.notes[0]).toMatch(/^Booted without a snapshot: /);
}

if (isRoot) test('a full disk: VMs boot without a snapshot, and nothing half made is left', bootOnFullDisk);
