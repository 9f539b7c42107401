import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findPrebuilt } from '../src/index.ts';
import { testFolder } from './helpers.ts';

const base = testFolder();
const bridge = (folder: string) => {
  const args = ['--connect', join(base, 'agent'), '--run', folder];
  const { status, stderr } = spawnSync(findPrebuilt('duende-bridge'), args, { encoding: 'utf8' });
  return { status, stderr };
};

test('without its folder it ends for good, so that nobody starts it again for ever', () => {
  const { status, stderr } = bridge(join(base, 'gone'));
  expect(status).toBe(0);
  expect(stderr).toMatch(/gone: No such file or directory\n$/);
});

test('a folder that is none is an error', () => {
  writeFileSync(join(base, 'file'), '');
  expect(bridge(join(base, 'file')).status).toBe(1);
});
