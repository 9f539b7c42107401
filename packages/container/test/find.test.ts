import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHandle } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { EngineError } from '../src/engine/engine-error.ts';
import { findDaemon, listDaemons } from '../src/find.ts';
import { Bench } from './bench.ts';

const has = (bench: Bench, key: string): boolean => existsSync(bench.state.folder(key));

describe('the list', () => {
  test('by name, as handles that anybody can parse', async () => {
    using bench = new Bench();
    const [web, api] = [bench.daemon('web', 'running', 'running'), bench.daemon('api', 'failed', 'exited')];
    const handles = await listDaemons(bench);
    expect(handles).toEqual(
      [api, web].map(({ id, container }, index) => ({
        version: 1,
        name: ['api', 'web'][index],
        platform: 'container',
        id,
        data: { kind: 'container', runtime: 'docker', containerId: container.id },
      })),
    );
    for (const handle of handles) expect(parseHandle(JSON.parse(JSON.stringify(handle)))).toEqual(handle);
  });

  test('one whose state is damaged or gone is listed too: it can be removed', async () => {
    using bench = new Bench();
    const [bad, gone] = [
      bench.daemon('bad', 'running', 'running'),
      bench.daemon('gone', 'running', 'exited'),
    ];
    writeFileSync(join(bench.state.run(bad.key), 'state'), 'x');
    bench.state.remove(gone.key);
    const handles = await listDaemons(bench);
    expect(handles.map(({ name, id }) => [name, id])).toEqual([
      ['bad', ''],
      ['gone', ''],
    ]);
    for (const handle of handles) expect(() => parseHandle(handle)).not.toThrow();
  });

  test('one with a name that no daemon has is left out', async () => {
    using bench = new Bench();
    const labels = { 'dev.duende.key': bench.uuid(), 'dev.duende.state': bench.state.base };
    bench.engine.put({ name: 'x', labels: { ...labels, 'dev.duende.name': '../x' }, state: 'exited' });
    bench.engine.put({ name: 'y', labels, state: 'exited' });
    expect(await listDaemons(bench)).toEqual([]);
  });
});

describe('finding one', () => {
  test('by its name', async () => {
    using bench = new Bench();
    const { id, container } = bench.daemon('web', 'running', 'running');
    bench.daemon('web2', 'running', 'running');
    expect(await findDaemon(bench, 'web')).toMatchObject({ id, data: { containerId: container.id } });
    expect(await findDaemon(bench, 'we')).toBeUndefined();
  });

  test.each(['', '../x', 'a/b', '-x', 'x'.repeat(64)])(
    '%j is no name: the engine is not asked',
    async (name) => {
      using bench = new Bench();
      expect(await findDaemon(bench, name)).toBeUndefined();
      expect(bench.engine.calls).toEqual([]);
    },
  );

  test('one of somebody else is not found, and stays', async () => {
    using bench = new Bench();
    const labels = { 'dev.duende.key': bench.uuid(), 'dev.duende.state': '/elsewhere' };
    bench.engine.put({ name: 'duende-web', labels, state: 'created' });
    expect(await findDaemon(bench, 'web')).toBeUndefined();
    expect(bench.engine.names).toEqual(['duende-web']);
  });

  test('one that was never started by anybody who lives is cleared away; one that is being made is found', async () => {
    using bench = new Bench();
    const dead = bench.daemon('dead', 'created', 'created');
    const { id } = bench.daemon('new', 'created', 'created', true);
    expect(await findDaemon(bench, 'dead')).toBeUndefined();
    expect(has(bench, dead.key)).toBe(false);
    expect(await findDaemon(bench, 'new')).toMatchObject({ id, name: 'new' });
    expect(bench.engine.names).toEqual(['duende-new']);
  });

  test('an engine that does not answer', async () => {
    using bench = new Bench();
    bench.engine.before = () => {
      throw new EngineError('denied', 'permission denied on memory');
    };
    await expect(findDaemon(bench, 'web')).rejects.toMatchObject({
      reason: 'permission-denied',
      operation: 'find',
      hint: expect.stringContaining('usermod -aG docker'),
    });
  });
});
