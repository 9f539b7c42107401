import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSpec } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { releaseCid, sweepCids, takeCid, takeGivenCid } from '../src/adapter/cid.ts';
import { DaemonStore } from '../src/adapter/daemon-store.ts';
import type { VmRecord } from '../src/adapter/vm-record.ts';
import { PepitaPaths } from '../src/paths.ts';
import { testFolder } from './helpers.ts';

const folder = testFolder();
let count = 0;
const newPaths = (): PepitaPaths => {
  count += 1;
  return new PepitaPaths(join(folder, String(count)));
};
const id = '4286f30c-ff71-40c4-92f1-dec51771c4c7';
const spec = parseSpec({ name: 'web', program: '/bin/true' }, 'pepita');
const record = { vmId: 'duende-vm-web', cid: 3 } as VmRecord;

describe('the folder of a daemon', () => {
  test('is drafted under a hidden name, private, and appears whole', () => {
    const store = new DaemonStore(newPaths());
    const draft = store.draft(spec, record);
    store.prepare(draft, { id, name: 'web' }, Buffer.from('config'));
    expect(store.names()).toEqual({ daemons: [], hidden: [draft] });
    expect(statSync(store.folder(draft)).mode & 0o777).toBe(0o700);
    expect(store.rename(draft, 'web')).toBe(true);
    expect(store.page('web')).toMatchObject({ id, name: 'web', state: 'created' });
    expect(store.record('web')).toEqual(record);
    expect(store.spec('web')).toEqual(spec);
    expect(store.isOwned('web')).toBe(true);
  });

  test('is not replaced by another one; it is put aside, and comes back', () => {
    const store = new DaemonStore(newPaths());
    const [first, second] = [store.draft(spec, record), store.draft(spec, { ...record, cid: 4 })];
    store.rename(first, 'web');
    expect(store.rename(second, 'web')).toBe(false);
    const aside = store.putAside('web') ?? '';
    expect(store.rename(second, 'web')).toBe(true);
    expect(store.record('web').cid).toBe(4);
    store.remove('web');
    expect(store.rename(aside, 'web')).toBe(true);
    expect(store.record('web').cid).toBe(3);
  });

  test('goes without leaving anything, and once', () => {
    const store = new DaemonStore(newPaths());
    store.rename(store.draft(spec, record), 'web');
    store.remove('web');
    store.remove('web');
    expect(store.page('web')).toBe('missing');
    expect(readdirSync(store.base)).toEqual([]);
  });

  test('that cannot be made is a failed spawn', () => {
    const paths = newPaths();
    mkdirSync(paths.base, { recursive: true });
    writeFileSync(paths.daemons, 'no folder');
    expect(() => new DaemonStore(paths).draft(spec, record)).toThrow(
      /^Cannot write to the state folder .*: E(EXIST|NOTDIR)$/,
    );
  });

  test('with a damaged page is told from one that is not there', () => {
    const store = new DaemonStore(newPaths());
    store.rename(store.draft(spec, record), 'web');
    writeFileSync(join(store.run('web'), 'state'), 'nothing');
    expect(store.page('web')).toBe('damaged');
    expect(store.page('other')).toBe('missing');
  });
});

describe('context identifiers', () => {
  test('are the smallest free ones, from 3 up', () => {
    const paths = newPaths();
    expect([takeCid(paths, 'a'), takeCid(paths, 'b'), takeCid(paths, 'c')]).toEqual([3, 4, 5]);
    releaseCid(paths, 4, 'b');
    expect(takeCid(paths, 'd')).toBe(4);
    expect(takeCid(paths, 'e', 4)).toBe(6);
  });

  test('are taken by number, unless another VM has that', () => {
    const paths = newPaths();
    expect(takeGivenCid(paths, 'one', 70)).toBeUndefined();
    expect(takeGivenCid(paths, 'two', 70)).toBe('one');
    releaseCid(paths, 70, 'one');
    expect(takeGivenCid(paths, 'two', 70)).toBeUndefined();
    releaseCid(paths, 70, 'two');
  });

  test('are given back by their owner only', () => {
    const paths = newPaths();
    takeCid(paths, 'a');
    releaseCid(paths, 3, 'b');
    expect(takeCid(paths, 'b')).toBe(4);
  });

  test('of daemons that are gone are given back, unless they are young', () => {
    const paths = newPaths();
    for (const owner of ['a', 'b', 'c']) takeCid(paths, owner);
    for (const cid of ['3', '4']) utimesSync(join(paths.cids, cid), 1, 1);
    sweepCids(paths, (cid) => cid === 3);
    expect(readdirSync(paths.cids).toSorted()).toEqual(['3', '5']);
  });
});
