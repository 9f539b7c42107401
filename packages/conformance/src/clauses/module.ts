import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DaemonHandle } from '@duende/core';
import { type Clause, type ClauseInput, clause } from '../clause.ts';
import type { ClauseContext } from '../context.ts';
import { check, equal, fail, rejects, show } from '../expect.ts';
import { nothingLeft, running, texts } from '../observe.ts';
import { until } from '../poll.ts';
import { packageFolder } from '../probe/provider.ts';

const moduleClause = (input: ClauseInput): Clause =>
  clause({
    ...input,
    timeout: 30_000,
    needs: (can) => [['module daemons', can.daemons.module], ...(input.needs?.(can) ?? [])],
  });

function probeModule(): string {
  const file = join(packageFolder(), 'dist', 'probe-module.js');
  return existsSync(file) ? file : fail(`${file} does not exist: build the kit first`);
}

/** The message and the fields of each line that the daemon's log has written. */
async function messages(context: ClauseContext, handle: DaemonHandle): Promise<Record<string, unknown>[]> {
  return (await texts(context.adapter, handle)).flatMap((text) => {
    try {
      return [JSON.parse(text) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
}

/** The first line with these fields. */
async function says(
  context: ClauseContext,
  handle: DaemonHandle,
  fields: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const fits = (line: Record<string, unknown>): boolean =>
    Object.entries(fields).every(([name, value]) => line[name] === value);
  const find = async () => (await messages(context, handle)).find(fits);
  return until(`the daemon logs ${show(fields)}`, find, { timeout: 15_000, signal: context.signal });
}

const greeting = 'a "quoted" $HOME\n\\ ünïcode';

/** A defineDaemon module runs on every platform alike. */
export const moduleClauses: readonly Clause[] = [
  moduleClause({
    id: 'module.runs',
    contract: 1,
    title: 'a module daemon runs with its configuration, and ends with 0 when it is stopped',
    async run(context) {
      const config = { greeting };
      const handle = await context.adapter.spawn({ name: context.name(), module: probeModule(), config });
      const begun = await says(context, handle, { msg: 'running' });
      equal([begun.greeting, begun.platform], [greeting, context.adapter.platform], 'what it was given');
      const status = await context.adapter.stop(handle);
      equal([status.state, status.state === 'stopped' && status.exit], ['stopped', { code: 0 }], 'its end');
      await says(context, handle, { msg: 'shutdown' });
    },
  }),
  moduleClause({
    id: 'module.ready-and-signals',
    contract: 6,
    title: 'with readiness notify spawn() waits for a module daemon, HUP reloads it and USR1 reaches it',
    needs: (can) => [
      ['readiness notify', can.readiness.notify],
      ['signal HUP', can.signals.HUP],
      ['signal USR1', can.signals.USR1],
    ],
    async run(context) {
      const spec = {
        name: context.name(),
        module: probeModule(),
        config: { greeting },
        readiness: 'notify' as const,
      };
      const handle = await context.adapter.spawn(spec);
      const pid = await running(context, handle);
      await says(context, handle, { msg: 'running' });
      await context.adapter.signal(handle, 'HUP');
      await says(context, handle, { msg: 'reload' });
      await context.adapter.signal(handle, 'USR1');
      await says(context, handle, { msg: 'signal', signal: 'USR1' });
      equal(await running(context, handle), pid, 'PID afterwards');
    },
  }),
  moduleClause({
    id: 'module.bad-config',
    contract: 8,
    title: 'a configuration that the module refuses ends it as failed, with the field in its log',
    async run(context) {
      const config = { greeting: 7 };
      const handle = await context.adapter.spawn({ name: context.name(), module: probeModule(), config });
      const status = await context.adapter.wait(handle, { signal: context.signal });
      equal(status.state === 'failed' && status.reason, 'exit-code', `reason (${show(status)})`);
      const log = (await texts(context.adapter, handle)).join('\n');
      check(log.includes('greeting'), `the log does not name the field: ${show(log)}`);
    },
  }),
  moduleClause({
    id: 'module.missing',
    contract: 1,
    title: 'a module that does not exist is a Config error that names the field, and nothing is left',
    logs: false,
    async run(context) {
      const name = context.name();
      const spawning = context.adapter.spawn({ name, module: '/nonexistent/duende/daemon.ts' });
      await rejects(spawning, { code: 'Config', field: 'module' }, 'spawn of a missing module');
      await nothingLeft(context, name);
    },
  }),
];
