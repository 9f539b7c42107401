import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSpec } from '@duende/core';
import { ownIdentity } from '@duende/program';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { StateFolder } from '../src/state-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'duende-state-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const umask = process.umask();
afterEach(() => void process.umask(umask));

const spec = parseSpec({ name: 'web', program: '/bin/true', env: { TOKEN: 'x' } }, 'container');
const id = '4286f30c-ff71-40c4-92f1-dec51771c4c7';
let count = 0;
const key = (): string => `00000000-0000-0000-0000-${String(++count).padStart(12, '0')}`;
const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
const fresh = (): StateFolder => new StateFolder(join(root, `state-${++count}`), 'docker');

describe.each([
  ['usual', 0o022],
  ['tight', 0o077],
  ['none', 0],
])('with an umask: %s', (_, mask) => {
  test('only its owner may look into a folder, and whoever the daemon runs as may write in its run folder', () => {
    process.umask(mask);
    const state = fresh();
    const daemon = key();
    state.make(daemon, spec);
    state.prepare(daemon, id, 'web', Buffer.from('config'));
    const folder = state.folder(daemon);
    expect(mode(state.base)).toBe('700');
    expect(mode(folder)).toBe('700');
    expect(mode(state.run(daemon))).toBe('777');
    for (const file of ['spec.json', 'owner']) expect(mode(join(folder, file))).toBe('600');
    expect(mode(join(state.run(daemon), 'config'))).toBe('644');
    expect(mode(join(state.run(daemon), 'state'))).toBe('666');
  });
});

test('what was written is read', () => {
  const state = fresh();
  const daemon = key();
  state.make(daemon, spec);
  expect(state.page(daemon)).toBe('missing');
  state.prepare(daemon, id, 'web', Buffer.from('config'));
  expect(state.spec(daemon)).toEqual(spec);
  expect(state.page(daemon)).toMatchObject({ state: 'created', id, name: 'web' });
  expect(readFileSync(join(state.run(daemon), 'config'), 'utf8')).toBe('config');
  expect(state.keys()).toEqual([daemon]);
});

test('the next start finds nothing of the last', () => {
  const state = fresh();
  const daemon = key();
  state.make(daemon, spec);
  expect(state.failure(daemon)).toBeUndefined();
  writeFileSync(join(state.run(daemon), 'failure'), 'exec 2 no such\n');
  expect(state.failure(daemon)).toBe('exec 2 no such');
  state.prepare(daemon, id, 'web', Buffer.from('a long configuration'));
  state.prepare(daemon, id, 'web', Buffer.from('short'));
  expect(state.failure(daemon)).toBeUndefined();
  expect(readFileSync(join(state.run(daemon), 'config'), 'utf8')).toBe('short');
});

test('a page that is no page', () => {
  const state = fresh();
  const daemon = key();
  state.make(daemon, spec);
  writeFileSync(join(state.run(daemon), 'state'), 'x'.repeat(4096));
  expect(state.page(daemon)).toBe('damaged');
  state.remove(daemon);
  expect(state.page(daemon)).toBe('missing');
  expect(() => state.spec(daemon)).toThrow();
});

describe('a key comes from a label that anybody may have written', () => {
  test.each(['', '..', '../../etc', `${id}/..`, `${id}\n`, 'x'.repeat(36), id.toUpperCase()])(
    '%j',
    (given) => {
      const state = fresh();
      expect(() => state.folder(given)).toThrow('not a key');
      expect(() => state.remove(given)).toThrow('not a key');
      expect(state.page(given)).toBe('damaged');
      expect(state.isOwned(given)).toBe(false);
    },
  );
});

test('keys are folders of daemons, not what else is there', () => {
  const state = fresh();
  expect(state.keys()).toEqual([]);
  const daemon = key();
  state.make(daemon, spec);
  for (const other of ['.images', '.init', 'notes']) mkdirSync(join(state.base, other));
  expect(state.keys()).toEqual([daemon]);
});

describe('who is at work on it', () => {
  const owner = (given: string) => {
    const state = fresh();
    const daemon = key();
    state.make(daemon, spec);
    writeFileSync(join(state.folder(daemon), 'owner'), given);
    return state.isOwned(daemon);
  };

  test('this process, which is there; nobody without a folder', () => {
    const state = fresh();
    const daemon = key();
    expect(state.isOwned(daemon)).toBe(false);
    state.make(daemon, spec);
    expect(state.isOwned(daemon)).toBe(true);
  });

  test.each<[string, object]>([
    ['a process that is gone', { pid: 2 ** 22 - 1 }],
    ['a later one with its PID', { startTime: '1' }],
    ['one before the machine was started again', { bootId: 'another' }],
  ])('%s', (_, over) => {
    expect(owner(JSON.stringify(ownIdentity()))).toBe(true);
    expect(owner(JSON.stringify({ ...ownIdentity(), ...over }))).toBe(false);
  });

  test.each(['', '{', 'null', '[]'])('a note that cannot be read: %j', (text) => {
    expect(owner(text)).toBe(false);
  });
});

test('its age', async () => {
  const state = fresh();
  const daemon = key();
  expect(state.age(daemon)).toBe(0);
  state.make(daemon, spec);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(state.age(daemon)).toBeGreaterThanOrEqual(20);
  expect(state.age(daemon)).toBeLessThan(20_000);
});

test('by another path of the same folder it is the same', () => {
  const real = join(root, 'real');
  mkdirSync(real);
  symlinkSync(real, join(root, 'link'));
  const { base } = new StateFolder(join(root, 'link'), 'podman');
  expect(base).toBe(new StateFolder(real, 'podman').base);
  expect(base).not.toBe(new StateFolder(real, 'docker').base);
});

test('by another path it is the same also when it was not there before', () => {
  const real = join(root, 'later');
  symlinkSync(root, join(root, 'around'));
  const first = new StateFolder(join(root, 'around', 'later'), 'docker');
  first.make(key(), spec);
  expect(existsSync(real)).toBe(true);
  expect(new StateFolder(join(root, 'around', 'later'), 'docker').base).toBe(first.base);
});
