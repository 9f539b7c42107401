import { existsSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { EngineError } from '../src/engine/engine-error.ts';
import { listContainers } from '../src/sweep.ts';
import { Bench } from './bench.ts';

afterEach(() => void vi.restoreAllMocks());

const has = (bench: Bench, key: string): boolean => existsSync(bench.state.folder(key));
/** So many milliseconds later. */
const later = (milliseconds: number): void => {
  const then = Date.now() + milliseconds;
  vi.spyOn(Date, 'now').mockReturnValue(then);
};

describe('a sweep', () => {
  test('keeps what runs, what has ended, and what a living process is at', async () => {
    using bench = new Bench();
    const kept = [
      bench.daemon('run', 'running', 'running'),
      bench.daemon('end', 'stopped', 'exited'),
      bench.daemon('new', 'created', 'created', true),
    ];
    later(3_600_000);
    expect(await listContainers(bench)).toEqual(kept.map(({ container }) => container));
    for (const { key } of kept) expect(has(bench, key)).toBe(true);
    expect(bench.engine.calls).toEqual(['list']);
  });

  test('clears away what a spawn that was killed before its start has left', async () => {
    using bench = new Bench();
    const { key } = bench.daemon('dead', 'created', 'created');
    const { container } = bench.daemon('run', 'running', 'running');
    expect(await listContainers(bench)).toEqual([container]);
    expect(bench.engine.names).toEqual(['duende-run']);
    expect(has(bench, key)).toBe(false);
  });

  test('folders without a container: only those that are old and nobody’s', async () => {
    using bench = new Bench();
    const [nobodys, owned] = [bench.prepare('a').key, bench.prepare('b').key];
    bench.disown(nobodys);
    await listContainers(bench);
    expect([has(bench, nobodys), has(bench, owned)]).toEqual([true, true]);
    later(59_000);
    await listContainers(bench);
    expect(has(bench, nobodys)).toBe(true);
    later(61_000);
    await listContainers(bench);
    expect([has(bench, nobodys), has(bench, owned)]).toEqual([false, true]);
  });

  test('gives an ended daemon its name back that a killed spawn had put aside', async () => {
    using bench = new Bench();
    const { container } = bench.daemon('web', 'stopped', 'exited');
    await bench.engine.rename?.(container.id, 'duende-web.old-1');
    expect((await listContainers(bench)).map(({ name }) => name)).toEqual(['duende-web']);
    expect(bench.engine.names).toEqual(['duende-web']);
  });

  test('and removes it when a later one has the name; one that a living spawn holds is left alone', async () => {
    using bench = new Bench();
    const { container, key } = bench.daemon('web', 'stopped', 'exited');
    await bench.engine.rename?.(container.id, 'duende-web.old-1');
    bench.daemon('web', 'running', 'running');
    const held = bench.daemon('api', 'stopped', 'exited', true);
    await bench.engine.rename?.(held.container.id, 'duende-api.old-1');
    expect((await listContainers(bench)).map(({ name }) => name)).toEqual(['duende-web']);
    expect(has(bench, key)).toBe(false);
    expect(has(bench, held.key)).toBe(true);
    expect(bench.engine.names.toSorted()).toEqual(['duende-api.old-1', 'duende-web']);
  });

  test('does not touch what belongs to others, whatever it is called', async () => {
    using bench = new Bench();
    const labels = { 'dev.duende.key': bench.uuid(), 'dev.duende.state': '/elsewhere' };
    bench.engine.put({ name: 'duende-a', labels, state: 'created' });
    bench.engine.put({ name: 'duende-b', labels: {}, state: 'created' });
    expect(await listContainers(bench)).toEqual([]);
    expect(bench.engine.names).toEqual(['duende-a', 'duende-b']);
  });

  test('an engine that does not answer: said, and no folder removed', async () => {
    using bench = new Bench();
    const { key } = bench.daemon('web', 'running', 'running');
    bench.engine.before = () => {
      throw new EngineError('unreachable', 'nothing answers at memory');
    };
    later(3_600_000);
    await expect(listContainers(bench)).rejects.toMatchObject({
      code: 'StatusFailed',
      reason: 'unavailable',
      operation: 'list',
      message: 'Docker cannot list its containers: nothing answers at memory',
    });
    expect(has(bench, key)).toBe(true);
  });

  test('a container that names this folder with a key that is none goes, and the list goes on', async () => {
    using bench = new Bench();
    const labels = { 'dev.duende.key': '../..', 'dev.duende.state': bench.state.base };
    bench.engine.put({ name: 'odd', labels, state: 'created' });
    const { container } = bench.daemon('web', 'running', 'running');
    expect(await listContainers(bench)).toEqual([container]);
    expect(has(bench, container.labels['dev.duende.key'] ?? '')).toBe(true);
  });
});
