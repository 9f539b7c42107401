import { afterEach, describe, expect, test, vi } from 'vitest';
import { clauses } from '../src/clauses/index.ts';
import { formatResult, formatSummary, reportToJson } from '../src/report.ts';
import { runConformance, selectClauses } from '../src/runner.ts';
import { ReferenceAdapter } from './reference/adapter.ts';
import { createReferenceHarness } from './reference/harness.ts';
import { World } from './reference/world.ts';

afterEach(() => vi.unstubAllEnvs());

class Unavailable extends ReferenceAdapter {
  override probe() {
    return Promise.resolve({ available: false, why: 'no engine', fix: 'Install one.' }) as never;
  }
}

describe('the clauses', () => {
  test('have ids of their own that begin with their group', () => {
    const ids = clauses.map((clause) => clause.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z-]+\.[a-z0-9-]+$/);
  });

  test('cover every point of the contract', () => {
    const points = new Set(clauses.map((clause) => clause.contract));
    expect([...points].sort((a, b) => a - b)).toEqual(Array.from({ length: 19 }, (_, index) => index + 1));
  });

  test('are chosen by id, group and point', () => {
    expect(selectClauses(['spawn.args-empty']).map(({ id }) => id)).toEqual(['spawn.args-empty']);
    expect(selectClauses(['wait']).every(({ id }) => id.startsWith('wait.'))).toBe(true);
    expect(selectClauses(['7']).every(({ contract }) => contract === 7)).toBe(true);
    expect(() => selectClauses(['spawn.nothing'])).toThrow('No clause is called "spawn.nothing"');
  });
});

describe('a run', () => {
  test('reports each clause as it ends, and sums up', async () => {
    const seen: string[] = [];
    const only = ['module.runs', 'status.exit-three', 'trace.unsupported-is-refused'];
    const report = await runConformance(await createReferenceHarness(), {
      only,
      onResult: ({ id }) => seen.push(id),
    });
    // The last one says nothing of an adapter that can trace.
    expect(seen.sort()).toEqual(only.slice(0, 2));
    expect(report).toMatchObject({
      passed: 1,
      failed: 0,
      skipped: 1,
      platform: 'native',
      engine: 'reference',
    });
    expect(formatSummary(report)).toMatch(/reference.*: 1 passed, 0 failed, 1 skipped in/);
    const skipped = report.results.find(({ outcome }) => outcome === 'skip');
    expect(skipped && formatResult(skipped)).toContain('module daemons');
    expect(JSON.parse(JSON.stringify(reportToJson(report))).results).toHaveLength(2);
  });

  test('removes what a failed clause made, and says what could not be removed', async () => {
    let world: World | undefined;
    class Stubborn extends ReferenceAdapter {
      override async remove(): Promise<void> {
        throw new Error('will not go');
      }
    }
    const harness = await createReferenceHarness({
      createWorld: () => {
        world = new World();
        return world;
      },
      createAdapter: (of) => new Stubborn(of),
    });
    const { results } = await runConformance(harness, { only: ['spawn.executes-program'] });
    expect(results[0]?.problems).toEqual([expect.stringContaining('will not go')]);

    const clean = await createReferenceHarness({ createWorld: () => world ?? new World() });
    const report = await runConformance(clean, { only: ['signals.kill-cannot-be-caught'] });
    expect(report.results[0]?.problems).toEqual([]);
    // Only what the stubborn adapter left.
    expect([...(world?.daemons.keys() ?? [])]).toHaveLength(1);
  });

  test('goes on after a clause that ran out of time', async () => {
    class Hanging extends ReferenceAdapter {
      override wait(): Promise<never> {
        return new Promise<never>(() => {});
      }
    }
    const harness = await createReferenceHarness({ createAdapter: (of) => new Hanging(of) });
    const report = await runConformance(harness, { only: ['status.exit-zero', 'spawn.executes-program'] });
    expect(report).toMatchObject({ passed: 1, failed: 1 });
    expect(report.results.find(({ outcome }) => outcome === 'fail')?.reason).toBe('not done within 15000 ms');
  });
});

describe('where the platform is not available', () => {
  const options = { only: ['spawn.args-empty'] };
  const harness = () => createReferenceHarness({ createAdapter: (world) => new Unavailable(world) });

  test('everything is skipped with why', async () => {
    vi.stubEnv('DUENDE_REQUIRE', 'linux');
    const report = await runConformance(await harness(), options);
    expect(report).toMatchObject({ skipped: 1, failed: 0, passed: 0 });
    expect(report.results[0]?.reason).toBe('native is not available: no engine. Install one.');
  });

  test('it is a failure when DUENDE_REQUIRE names the platform', async () => {
    vi.stubEnv('DUENDE_REQUIRE', 'linux, native');
    const report = await runConformance(await harness(), options);
    expect(report).toMatchObject({ skipped: 0, failed: 1, passed: 0 });
  });
});
