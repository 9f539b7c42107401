import { statsFields } from '@duende/core/contract';
import { type Clause, clause } from '../clause.ts';
import { check, equal, rejects, show } from '../expect.ts';
import { ended, line } from '../observe.ts';
import { until } from '../poll.ts';

const measures = (field: (typeof statsFields)[number]) => ({
  unless: (can: { readonly stats: readonly string[] }) =>
    can.stats.includes(field) ? undefined : `stats: ${field} is not measured`,
});

/** Point 16: what is used is measured. */
export const statsClauses: readonly Clause[] = [
  clause({
    id: 'stats.names-what-it-measured',
    contract: 16,
    title: 'stats() has exactly the fields that it lists as measured, none that capabilities lack',
    logs: false,
    async run(context) {
      const handle = await context.spawn(['park']);
      const stats = await context.adapter.stats(handle);
      const there = statsFields.filter((field) => stats[field] !== undefined);
      equal([...stats.measured].sort(), [...there].sort(), 'measured');
      const extra = there.filter((field) => !context.capabilities.stats.includes(field));
      equal(extra, [], 'fields that capabilities.stats lacks');
      const odd = there.filter((field) => !(Number.isFinite(stats[field]) && Number(stats[field]) >= 0));
      equal(odd, [], 'fields that are not a number');
      check(Math.abs(Date.parse(stats.time) - Date.now()) < 3_600_000, `time: got ${show(stats.time)}`);
    },
  }),
  clause({
    id: 'stats.memory',
    contract: 16,
    title: 'memoryBytes is at least what the daemon has filled',
    ...measures('memoryBytes'),
    async run(context) {
      const filled = 48 * 2 ** 20;
      const handle = await context.spawn(['allocate', String(filled), 'park']);
      await line(context, handle, /^allocated /);
      const { memoryBytes = 0 } = await context.adapter.stats(handle);
      check(memoryBytes >= filled, `expected at least ${filled}, got ${memoryBytes}`);
      check(memoryBytes < filled * 4, `expected about ${filled}, got ${memoryBytes}`);
    },
  }),
  clause({
    id: 'stats.cpu',
    contract: 16,
    title: 'cpuUsec grows by what the daemon uses',
    ...measures('cpuUsec'),
    async run(context) {
      const handle = await context.spawn(['spin', '500', 'park']);
      const [, cpu] = (await line(context, handle, /^spun /)).split(' ').map(Number);
      const { cpuUsec = 0 } = await context.adapter.stats(handle);
      const used = (cpu ?? 0) * 1000;
      check(cpuUsec >= used * 0.8 - 20_000, `expected at least ${used} microseconds, got ${cpuUsec}`);
    },
  }),
  clause({
    id: 'stats.pids',
    contract: 16,
    title: 'pids counts what the daemon has started',
    ...measures('pids'),
    async run(context) {
      const handle = await context.spawn(['processes', '5', 'park']);
      const made = Number((await line(context, handle, /^forked /)).slice(7));
      const pids = async () => (await context.adapter.stats(handle)).pids ?? 0;
      await until(`pids is at least ${made + 1}`, async () => (await pids()) >= made + 1);
    },
  }),
  clause({
    id: 'stats.memory-limit',
    contract: 16,
    title: 'memoryLimitBytes is the memoryMax of the spec',
    logs: false,
    needs: (can) => [['resources.memoryMax', can.resources.memoryMax]],
    ...measures('memoryLimitBytes'),
    async run(context) {
      const handle = await context.spawn(['park'], { resources: { memoryMax: '96M' } });
      equal((await context.adapter.stats(handle)).memoryLimitBytes, 96 * 2 ** 20, 'memoryLimitBytes');
    },
  }),
  clause({
    id: 'stats.of-ended-is-refused',
    contract: 16,
    title: 'stats() of a daemon that has ended is refused as not-running, of a removed one as not-found',
    logs: false,
    async run(context) {
      const handle = await context.spawn(['exit', '0']);
      await ended(context, handle);
      await rejects(context.adapter.stats(handle), { reason: 'not-running' }, 'stats of an ended daemon');
      await context.adapter.remove(handle);
      await rejects(context.adapter.stats(handle), { reason: 'not-found' }, 'stats of a removed daemon');
    },
  }),
];
