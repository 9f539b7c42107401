import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Claim, claimName } from '../src/claim.ts';
import { EngineError } from '../src/engine/engine-error.ts';
import { Bench } from './bench.ts';

const claim = (bench: Bench): Promise<Claim> => {
  const { plan, key } = bench.prepare('web');
  return claimName(bench, 'web', () => bench.engine.create(plan)).catch((error: unknown) => {
    // As spawn does.
    bench.state.remove(key);
    throw error;
  });
};
const taken = expect.objectContaining({ code: 'SpawnFailed', reason: 'already-exists' });
const refused = expect.objectContaining({ name: 'EngineError', kind: 'conflict' });
const has = (bench: Bench, key: string): boolean => existsSync(bench.state.folder(key));

test('a free name is taken, and given back when it could not be started', async () => {
  using bench = new Bench();
  const { containerId, keep, undo } = await claim(bench);
  expect(bench.engine.containers.get(containerId)?.name).toBe('duende-web');
  await keep();
  expect(bench.engine.names).toEqual(['duende-web']);
  await undo();
  expect(bench.engine.names).toEqual([]);
});

describe('the name of a daemon that has ended', () => {
  test.each(['stopped', 'failed'] as const)(
    '%s: it is put aside, and goes when the new one is there',
    async (page) => {
      using bench = new Bench();
      const old = bench.daemon('web', page, 'exited');
      const { containerId, keep } = await claim(bench);
      expect(bench.engine.containers.get(containerId)?.name).toBe('duende-web');
      expect(bench.engine.containers.get(old.container.id)?.name).toBe(
        `duende-web.old-${old.container.id.slice(0, 12)}`,
      );
      expect(has(bench, old.key)).toBe(true);
      await keep();
      expect([...bench.engine.containers.keys()]).toEqual([containerId]);
      expect(has(bench, old.key)).toBe(false);
    },
  );

  test('comes back under its name when the new one could not be started', async () => {
    using bench = new Bench();
    const old = bench.daemon('web', 'stopped', 'exited');
    const { undo } = await claim(bench);
    await undo();
    expect([...bench.engine.containers.values()]).toEqual([old.container]);
    expect(has(bench, old.key)).toBe(true);
  });

  test('comes back when the new one could not even be made', async () => {
    using bench = new Bench();
    const old = bench.daemon('web', 'stopped', 'exited');
    let made = 0;
    bench.engine.before = (call) => {
      if (call.startsWith('create') && ++made === 2) throw new EngineError('no-image', 'No such image');
    };
    await expect(claim(bench)).rejects.toMatchObject({ kind: 'no-image' });
    expect([...bench.engine.containers.values()]).toEqual([old.container]);
  });

  test('where the engine cannot rename it goes at once', async () => {
    using bench = new Bench({ renames: false });
    const old = bench.daemon('web', 'stopped', 'exited');
    const { containerId, undo } = await claim(bench);
    expect([...bench.engine.containers.keys()]).toEqual([containerId]);
    expect(has(bench, old.key)).toBe(false);
    await undo();
    expect(bench.engine.names).toEqual([]);
  });

  test('also of one whose page is damaged, or whose container was killed as a whole', async () => {
    using bench = new Bench();
    const old = bench.daemon('web', 'running', 'exited');
    writeFileSync(join(bench.state.run(old.key), 'state'), 'x');
    await (await claim(bench)).keep();
    expect(has(bench, old.key)).toBe(false);
    using other = new Bench();
    other.daemon('web', 'running', 'exited');
    await (await claim(other)).keep();
    expect(other.engine.names).toEqual(['duende-web']);
  });

  test('and of a spawn that was killed in the middle: nothing of it is kept', async () => {
    using bench = new Bench();
    const old = bench.daemon('web', 'created', 'created');
    const { undo } = await claim(bench);
    expect(has(bench, old.key)).toBe(false);
    await undo();
    expect(bench.engine.names).toEqual([]);
  });
});

describe('refused, and nothing touched', () => {
  const untouched = async (bench: Bench, error: unknown): Promise<void> => {
    const before = [...bench.engine.containers.values()];
    await expect(claim(bench)).rejects.toThrow(error as Error);
    expect([...bench.engine.containers.values()]).toEqual(before);
    expect(bench.engine.calls.filter((call) => /rename|remove/.test(call))).toEqual([]);
  };

  test.each([
    ['running', 'running'],
    ['paused', 'paused'],
    ['stopping', 'running'],
    ['starting', 'restarting'],
  ] as const)('a daemon that is %s', async (page, container) => {
    using bench = new Bench();
    const old = bench.daemon('web', page, container);
    await untouched(bench, taken);
    expect(has(bench, old.key)).toBe(true);
  });

  test('a spawn that another process is at', async () => {
    using bench = new Bench();
    bench.daemon('web', 'created', 'created', true);
    await untouched(bench, taken);
  });

  test('a running one whose page is damaged: it may be the one that was meant', async () => {
    using bench = new Bench();
    const { key } = bench.daemon('web', 'running', 'running');
    writeFileSync(join(bench.state.run(key), 'state'), 'x');
    await untouched(bench, taken);
  });

  test.each([
    ['without labels', {}],
    ['of another state folder', { 'dev.duende.key': 'k', 'dev.duende.state': '/elsewhere' }],
    ['without a key', { 'dev.duende.state': '/elsewhere' }],
  ])('a container of somebody else %s', async (_, labels) => {
    using bench = new Bench();
    bench.engine.put({ name: 'duende-web', labels, state: 'exited' });
    await untouched(bench, refused);
  });
});
