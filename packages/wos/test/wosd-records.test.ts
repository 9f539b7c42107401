import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readFormer } from '../src/wosd/read-former.ts';
import { RecordStore } from '../src/wosd/record-store.ts';
import { recover, tellLost } from '../src/wosd/recover.ts';
import { until } from './support/kernel.ts';
import { describeWithPrograms, program, temporaryFolder } from './support/programs.ts';
import { useWos } from './support/wosd.ts';

const makeWos = useWos();
const state = temporaryFolder();

const record = (id: string, pid: number) => ({
  version: 1 as const,
  id,
  pid,
  name: `p${pid}`,
  module: '/m.wasm',
  args: ['m'],
  priority: 4,
  priorityName: 'normal',
  startedAt: '2026-01-01T00:00:00.000Z',
  restarts: 0,
  cpuTime: 0,
  memory: 0,
});

it('records come back as they were written; what is half made or damaged is removed', () => {
  const folder = join(state, 'wos', 'processes');
  const store = new RecordStore(folder);
  expect(recover(store)).toEqual({ records: [], lost: [] });
  const [done, runs, half, bad] = [
    store.make(true),
    store.make(true),
    store.make(true),
    store.make(true),
  ] as const;
  store.write({ ...record(done, 3), exit: { code: 0 }, endedAt: '2026-01-01T00:00:01.000Z' });
  store.write(record(runs, 2));
  writeFileSync(join(folder, bad, 'record.json'), '{"version":1');
  mkdirSync(join(folder, 'other'));
  expect(statSync(join(folder, runs, 'record.json')).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, half)).mode & 0o777).toBe(0o700);
  // To look changes nothing.
  expect(readFormer(state).map(({ pid, state: is }) => [pid, is])).toEqual([
    [2, 'lost'],
    [3, 'ended'],
  ]);
  expect(readdirSync(folder)).toHaveLength(5);
  const { records, lost } = recover(store);
  expect(lost.map(({ pid }) => pid)).toEqual([2]);
  expect(records.map(({ pid, lost: isLost }) => [pid, isLost])).toEqual([
    [2, true],
    [3, undefined],
  ]);
  expect(readdirSync(folder).sort()).toEqual([done, runs].sort());
  // They are told once, and remembered.
  expect(recover(store).lost).toEqual([]);
  expect(recover(store).records[0]?.lost).toBe(true);
});

it('many that were lost are told in one line', () => {
  const lost = Array.from({ length: 8 }, (_, index) => ({ pid: index + 2, name: `p${index}` }));
  expect(tellLost(lost)).toBe(
    'The kernel before this one was killed. Lost: p0 (PID 2), p1 (PID 3), p2 (PID 4), p3 (PID 5), p4 (PID 6) and 3 more. See wos-ctl ps --all',
  );
  expect(tellLost([])).toBeUndefined();
});

describeWithPrograms('records of processes that ended', () => {
  it('are kept for the last 256; 300 spawns at once all run', async () => {
    const wos = makeWos();
    const { client } = await wos.start();
    const module = program('basics');
    const spawned = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        client.request('spawn', { module, name: `p${index}`, args: ['p', 'exit', String(index % 7)] }),
      ),
    );
    expect(new Set(spawned.map(({ pid }) => pid)).size).toBe(300);
    await expect.poll(async () => (await client.request('list', {})).length, { timeout: 10_000 }).toBe(0);
    const all = await client.request('list', { all: true });
    expect(all).toHaveLength(256);
    for (const { name, exit } of all) expect(exit).toEqual({ code: Number(name.slice(1)) % 7 });
    const folders = () => readdirSync(join(wos.base, 'processes'));
    await until('the others are removed', () => folders().length === 256);
  });
});
