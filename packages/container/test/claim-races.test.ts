import { describe, expect, test } from 'vitest';
import { claimName } from '../src/claim.ts';
import { EngineError } from '../src/engine/engine-error.ts';
import { listDaemons } from '../src/find.ts';
import { Bench } from './bench.ts';

async function claim(bench: Bench) {
  const { plan, key } = bench.prepare('web');
  try {
    return await claimName(bench, 'web', () => bench.engine.create(plan));
  } catch (error) {
    // As spawn does.
    bench.state.remove(key);
    throw error;
  }
}

/** Does it once, before the first call that begins so. */
function beforeFirst(bench: Bench, begin: string, happens: () => void | Promise<void>): void {
  let done = false;
  bench.engine.before = async (call) => {
    if (done || !call.startsWith(begin)) return;
    done = true;
    await happens();
  };
}

describe('what happens in between', () => {
  test('the container is gone before it is looked at', async () => {
    using bench = new Bench();
    const { container } = bench.daemon('web', 'stopped', 'exited');
    beforeFirst(bench, 'inspect', () => void bench.engine.containers.delete(container.id));
    const { containerId } = await claim(bench);
    expect([...bench.engine.containers.keys()]).toEqual([containerId]);
  });

  test('it is gone before it is put aside', async () => {
    using bench = new Bench();
    const { container } = bench.daemon('web', 'stopped', 'exited');
    beforeFirst(bench, 'rename', () => {
      bench.engine.containers.delete(container.id);
      throw new EngineError('not-found', 'No such container');
    });
    const { containerId, undo } = await claim(bench);
    expect([...bench.engine.containers.keys()]).toEqual([containerId]);
    await undo();
    expect(bench.engine.names).toEqual([]);
  });

  test('a name that the engine never gives: refused after a few attempts, and nothing left aside', async () => {
    using bench = new Bench();
    const old = bench.daemon('web', 'stopped', 'exited');
    bench.engine.before = (call) => {
      if (call.startsWith('create')) throw new EngineError('conflict', 'The name is in use');
    };
    await expect(claim(bench)).rejects.toMatchObject({ kind: 'conflict' });
    expect([...bench.engine.containers.values()]).toEqual([old.container]);
    expect(bench.engine.calls.filter((call) => call.startsWith('create')).length).toBeLessThan(10);
  });

  test('an engine that breaks down while it is put aside', async () => {
    using bench = new Bench();
    const old = bench.daemon('web', 'stopped', 'exited');
    beforeFirst(bench, 'rename', () => {
      throw new EngineError('unreachable', 'nothing answers');
    });
    await expect(claim(bench)).rejects.toMatchObject({ kind: 'unreachable' });
    expect([...bench.engine.containers.values()]).toEqual([old.container]);
  });

  test('the name was taken by somebody else when the new one could not be started: both are left', async () => {
    using bench = new Bench();
    bench.daemon('web', 'stopped', 'exited');
    const { undo } = await claim(bench);
    beforeFirst(bench, 'rename', () => void bench.engine.put({ name: 'duende-web' }));
    await undo();
    expect(bench.engine.names).toHaveLength(2);
  });

  test('an undo of an engine that does not answer is no other error than the first', async () => {
    using bench = new Bench();
    const { undo } = await claim(bench);
    bench.engine.before = () => {
      throw new EngineError('unreachable', 'nothing answers');
    };
    await undo();
  });
});

describe('spawns at the same time', () => {
  test('for a free name: one has it', async () => {
    using bench = new Bench();
    const ends = await Promise.allSettled(Array.from({ length: 5 }, () => claim(bench)));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const end of ends)
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ reason: 'already-exists' });
    expect(bench.engine.names).toEqual(['duende-web']);
  });

  test('for the name of one that has ended: one has it, and it is listed once', async () => {
    using bench = new Bench();
    bench.daemon('web', 'stopped', 'exited');
    const ends = await Promise.allSettled(
      Array.from({ length: 5 }, async () => {
        const { keep } = await claim(bench);
        await keep();
      }),
    );
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const end of ends)
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ reason: 'already-exists' });
    expect(await listDaemons(bench)).toHaveLength(1);
  });

  test('another takes the name right after the old one was put aside: nothing of it stays beside', async () => {
    using bench = new Bench();
    bench.daemon('web', 'stopped', 'exited');
    let created = 0;
    bench.engine.before = (call) => {
      if (!call.startsWith('create') || ++created !== 2) return;
      const { plan } = bench.prepare('web', 'running');
      bench.engine.put({ name: plan.name, labels: plan.labels, state: 'running' });
    };
    await expect(claim(bench)).rejects.toMatchObject({ reason: 'already-exists' });
    bench.engine.before = () => undefined;
    expect((await listDaemons(bench)).map(({ name }) => name)).toEqual(['web']);
  });
});
