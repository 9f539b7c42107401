import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSpec } from '@duende/core';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { StateFolder } from '../src/state-folder.ts';

/** A full or read-only disk takes root to make: the one file that cannot be written, and why. */
const fault = vi.hoisted(() => ({ file: '', code: '' }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const { basename } = await import('node:path');
  const writeFileSync: typeof real.writeFileSync = (path, ...rest) => {
    if (fault.file !== '' && basename(String(path)) === fault.file)
      throw Object.assign(new Error(`${fault.code}: it cannot be written`), { code: fault.code });
    real.writeFileSync(path, ...rest);
  };
  return { ...real, writeFileSync };
});

const root = mkdtempSync(join(tmpdir(), 'duende-state-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  fault.file = '';
});

const spec = parseSpec({ name: 'web', program: '/bin/true' }, 'container');
const key = '4286f30c-ff71-40c4-92f1-dec51771c4c7';
let count = 0;
const fresh = (): StateFolder => new StateFolder(join(root, String(++count)), 'docker');

const refused = (state: StateFolder, code: string, reason: string, hint: RegExp) =>
  expect.objectContaining({
    code: 'SpawnFailed',
    reason,
    operation: 'spawn',
    message: `Cannot write to the state folder ${state.base}: ${code}`,
    hint: expect.stringMatching(hint),
  });

describe.each([
  ['ENOSPC', 'engine-error', /Free some disk space/],
  ['EDQUOT', 'engine-error', /Free some disk space/],
  ['EROFS', 'permission-denied', /that you may write/],
  ['EACCES', 'permission-denied', /that you may write/],
  ['EPERM', 'permission-denied', /that you may write/],
  ['EIO', 'engine-error', /that you may write/],
])('%s', (code, reason, hint) => {
  test.each(['spec.json', 'owner'])('while %s is made: nothing is left', (file) => {
    const state = fresh();
    Object.assign(fault, { file, code });
    expect(() => state.make(key, spec)).toThrow(refused(state, code, reason, hint));
    expect(existsSync(state.folder(key))).toBe(false);
    fault.file = '';
    state.make(key, spec);
    expect(state.spec(key)).toEqual(spec);
  });

  test.each(['config', 'state'])('while %s is made ready for the next start', (file) => {
    const state = fresh();
    state.make(key, spec);
    Object.assign(fault, { file, code });
    expect(() => state.prepare(key, key, 'web', Buffer.from(''))).toThrow(refused(state, code, reason, hint));
  });
});

test('a file where the folder should be', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  const state = new StateFolder(file, 'docker');
  expect(() => state.make(key, spec)).toThrow(refused(state, 'ENOTDIR', 'engine-error', /DUENDE_STATE_DIR/));
});
