import type { DaemonHandle } from '@duende/core';
import { type Clause, clause } from '../clause.ts';
import { check, equal, show } from '../expect.ts';
import { ended, running, texts } from '../observe.ts';
import { sleep, until } from '../poll.ts';

/** Point 14: daemons do not depend on the process that spawned them. */
export const recoverySpawnerClauses: readonly Clause[] = [
  clause({
    id: 'recovery.spawner-killed',
    contract: 14,
    title: 'kill -9 of a process while it spawns: what it reported runs on, nothing is half made',
    timeout: 30_000,
    async run(context) {
      for (const delay of [150, 200, 260, 330]) {
        const specs = await Promise.all(Array.from({ length: 20 }, () => context.define(['park'])));
        const spawner = context.start(specs.map((spec) => ({ method: 'spawn', args: [spec] })));
        await sleep(delay);
        await spawner.kill();
        const reported = new Set(
          spawner.soFar.flatMap((result) => ('value' in result ? [result.value] : [])),
        );
        const handles = [...reported] as DaemonHandle[];
        const client = await context.client();
        for (const handle of handles) {
          const status = await client.status(handle);
          check(
            status.state === 'running' && status.restarts === 0,
            `expected it to run, got ${show(status)}`,
          );
        }
        for (const { name } of specs.slice(handles.length)) {
          await until(`${name} runs, or was never made`, async () => {
            const found = await client.find(name);
            return found === undefined || (await client.status(found)).state === 'running';
          });
        }
        const names = new Set((await client.list()).map((handle) => handle.name));
        for (const { name } of handles) check(names.has(name), `list() lacks ${name}`);
        for (const { name } of specs) {
          const found = await client.find(name);
          if (found) await client.remove(found, { force: true });
        }
      }
    },
  }),
  clause({
    id: 'recovery.spawner-gone',
    contract: 14,
    title: 'daemons outlive the process that spawned them',
    async run(context) {
      const spec = await context.define(['count']);
      await context.elsewhere([{ method: 'spawn', args: [spec] }]);
      const handle = await context.adapter.find(spec.name);
      check(handle !== undefined, 'find() does not know a daemon that another process spawned');
      await running(context, handle);
      const before = (await texts(context.adapter, handle)).length;
      await until('it works on', async () => (await texts(context.adapter, handle)).length > before + 5);
      await context.adapter.stop(handle);
      equal((await ended(context, handle)).state, 'stopped', 'state');
    },
  }),
];
