import { type Clause, type ClauseInput, clause } from '../clause.ts';
import { check, rejects } from '../expect.ts';
import { inState, line, nothingLeft, running } from '../observe.ts';
import { meanwhile, until } from '../poll.ts';
import { soon, within } from './restart-support.ts';

const notify = (input: ClauseInput): Clause =>
  clause({
    ...input,
    needs: (can) => [['readiness notify', can.readiness.notify], ...(input.needs?.(can) ?? [])],
  });

/** Point 1: readiness `notify`. */
export const readinessClauses: readonly Clause[] = [
  notify({
    id: 'spawn.notify-waits-until-ready',
    contract: 1,
    title: 'with readiness notify, spawn() resolves when the daemon says that it is ready',
    async run(context) {
      const commands = ['say', 'begun', 'ready-after', '600', 'say', 'told', 'park'];
      const begun = performance.now();
      const handle = await context.spawn(commands, { readiness: 'notify', startTimeout: 10_000 });
      const took = performance.now() - begun;
      check(took >= 590, `spawn() resolved after ${Math.round(took)} ms, the daemon was ready after 600`);
      await running(context, handle);
      await line(context, handle, 'told');
    },
  }),
  notify({
    id: 'spawn.notify-starting',
    contract: 1,
    title: 'until it is ready, other clients see it as starting',
    async run(context) {
      const spec = await context.define(['ready-after', '1500', 'park'], { readiness: 'notify' });
      const spawning = meanwhile(context.adapter.spawn(spec));
      const other = await context.client();
      const seen = await until('find() knows the daemon', () => other.find(spec.name), {
        signal: context.signal,
        timeout: 1300,
      });
      await inState({ ...context, adapter: other }, seen, ['starting'], 1000);
      const handle = await spawning;
      await running(context, handle);
    },
  }),
  notify({
    id: 'spawn.notify-start-timeout',
    contract: 1,
    title: 'a daemon that is not ready within startTimeout is SpawnFailed timeout, and nothing is left',
    async run(context) {
      const spec = await context.define(['fork', 'park'], { readiness: 'notify', startTimeout: 400 });
      const begun = performance.now();
      const timeout = { code: 'SpawnFailed', reason: 'timeout' } as const;
      await rejects(context.adapter.spawn(spec), timeout, 'spawn of a daemon that is never ready');
      const took = performance.now() - begun;
      check(took >= 390, `gave up after ${Math.round(took)} ms, startTimeout is 400`);
      await nothingLeft(context, spec.name);
    },
  }),
  notify({
    id: 'spawn.notify-exit-before-ready',
    contract: 1,
    title: 'a daemon that ends before it is ready is SpawnFailed at once, and nothing is left',
    async run(context) {
      const spec = await context.define(['exit', '7'], { readiness: 'notify', startTimeout: 10_000 });
      const begun = performance.now();
      await rejects(context.adapter.spawn(spec), { code: 'SpawnFailed' }, 'spawn of a daemon that exits 7');
      check(performance.now() - begun < 5000, 'expected the failure at once, not after startTimeout');
      await nothingLeft(context, spec.name);
    },
  }),
  notify({
    id: 'spawn.notify-restart',
    contract: 1,
    title: 'a daemon with readiness notify that is restarted is running when it is ready again',
    timeout: 40_000,
    needs: (can) => [['restart on-failure', can.restart['on-failure']]],
    async run(context) {
      const commands = ['run', 'ready-after', '100', 'sleep', '700', 'exit', '3'];
      const can = context.capabilities;
      const restart = soon(can, { policy: 'on-failure', delay: 50, maxRestarts: 5 });
      const handle = await context.spawn(commands, { readiness: 'notify', restart });
      await until(
        'running after a restart',
        async () => {
          const status = await context.adapter.status(handle);
          return status.restarts > 0 && status.state === 'running';
        },
        { signal: context.signal, timeout: within(can, 5000) },
      );
      await context.adapter.stop(handle);
      await inState(context, handle, ['stopped', 'failed']);
    },
  }),
];
