import { type Clause, clause } from '../clause.ts';
import { check } from '../expect.ts';
import { line, running } from '../observe.ts';
import { sleep } from '../poll.ts';

const number = (text: string, index = 1): number => Number(text.split(' ')[index]);

/** Point 16: limits are enforced, and measured to be. Being over memoryMax is `status.oom`. */
export const resourceClauses: readonly Clause[] = [
  clause({
    id: 'resources.memory-below-limit',
    contract: 16,
    title: 'a daemon below memoryMax runs',
    needs: (can) => [['resources.memoryMax', can.resources.memoryMax]],
    async run(context) {
      const commands = ['allocate', String(64 * 2 ** 20), 'park'];
      const handle = await context.spawn(commands, { resources: { memoryMax: '256M' } });
      await line(context, handle, /^allocated /);
      await sleep(200);
      await running(context, handle);
    },
  }),
  clause({
    id: 'resources.pids-max',
    contract: 16,
    title: 'a daemon cannot have more processes than pidsMax',
    needs: (can) => [['resources.pidsMax', can.resources.pidsMax]],
    async run(context) {
      const handle = await context.spawn(['processes', '60', 'park'], { resources: { pidsMax: 20 } });
      const made = number(await line(context, handle, /^forked /));
      // Threads count too, and a probe that is a script has a dozen.
      check(made >= 1 && made < 20, `expected at least one child and fewer than 20, got ${made}`);
    },
  }),
  clause({
    id: 'resources.open-files-max',
    contract: 16,
    title: 'a process cannot have more open files than openFilesMax',
    needs: (can) => [['resources.openFilesMax', can.resources.openFilesMax]],
    async run(context) {
      const handle = await context.spawn(['open-files', '200', 'park'], { resources: { openFilesMax: 64 } });
      const opened = number(await line(context, handle, /^opened /));
      check(opened >= 30 && opened < 64, `expected fewer than 64 files and more than 30, got ${opened}`);
    },
  }),
  clause({
    id: 'resources.cpu-quota',
    contract: 16,
    title: 'a daemon that only computes gets no more of a processor than cpuQuota',
    exclusive: true,
    needs: (can) => [['resources.cpuQuota', can.resources.cpuQuota]],
    async run(context) {
      const handle = await context.spawn(['spin', '2000', 'park'], { resources: { cpuQuota: 0.25 } });
      const spun = await line(context, handle, /^spun /, 12_000);
      const share = number(spun, 1) / number(spun, 2);
      // The first period may be used up before the quota counts.
      check(share < 0.25 * 1.4, `expected at most a quarter of a processor, got ${share.toFixed(3)}`);
    },
  }),
  clause({
    id: 'resources.no-limit-unless-asked',
    contract: 16,
    title: 'what the spec does not limit is not limited',
    async run(context) {
      const commands = ['allocate', String(64 * 2 ** 20), 'open-files', '200', 'processes', '30', 'park'];
      const handle = await context.spawn(commands);
      await line(context, handle, 'opened 200');
      const forked = await line(context, handle, /^forked /);
      check(['forked 30', 'forked 0'].includes(forked), `expected 30 processes, got ${forked}`);
    },
  }),
];
