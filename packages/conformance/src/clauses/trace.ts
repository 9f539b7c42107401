import type { TraceEvent, TracerHandle } from '@duende/core';
import { type Clause, type ClauseInput, clause } from '../clause.ts';
import { check, equal, fail, rejects, show } from '../expect.ts';
import { ended, running } from '../observe.ts';
import { sleep, until } from '../poll.ts';

const traced = (input: ClauseInput): Clause =>
  clause({ timeout: 20_000, ...input, needs: (can) => [['trace', can.trace]] });

/** Reads events in the background. */
function collect(tracer: TracerHandle) {
  const state = { events: [] as TraceEvent[], over: false };
  const reading = (async () => {
    for await (const event of tracer) state.events.push(event);
  })().finally(() => {
    state.over = true;
  });
  reading.catch(() => {});
  return state;
}

const opens = (events: readonly TraceEvent[], path: string): TraceEvent | undefined =>
  events.find((event) => event.args.some((arg) => arg.includes(path)));

/** Point 17: tracing. */
export const traceClauses: readonly Clause[] = [
  traced({
    id: 'trace.sees-the-call',
    contract: 17,
    title: 'a trace of a daemon that opens a unique path yields that call with its result',
    async run(context) {
      const path = `/duende-${context.name()}`;
      const handle = await context.spawn(['open', path]);
      const pid = await running(context, handle);
      const tracer = await context.adapter.attachTracer(handle);
      const seen = collect(tracer);
      try {
        const event = await until('the call', () => opens(seen.events, path), { timeout: 10_000 });
        check(/open/.test(event.call), `expected a call that opens, got ${show(event)}`);
        equal([event.result, event.error], ['-1', 'ENOENT'], 'result and error');
        check(event.duration >= 0 && event.duration < 10, `expected seconds, got ${event.duration}`);
        check(Math.abs(Date.parse(event.time) - Date.now()) < 3_600_000, `time: got ${event.time}`);
        check(Number.isInteger(event.pid) && event.pid > 0, `pid: got ${event.pid}`);
      } finally {
        await tracer.detach();
      }
      equal(await running(context, handle), pid, 'PID after detach');
    },
  }),
  traced({
    id: 'trace.detach-leaves-running',
    contract: 17,
    title: 'after detach, and detach again, the trace is over and the daemon works on',
    async run(context) {
      const handle = await context.spawn(['count']);
      const pid = await running(context, handle);
      const tracer = await context.adapter.attachTracer(handle);
      const seen = collect(tracer);
      await until('calls', () => seen.events.length > 5, { timeout: 10_000 });
      await tracer.detach();
      await tracer.detach();
      await until('the trace is over', () => seen.over);
      const ticks = async (): Promise<number> => {
        let count = 0;
        for await (const _ of context.adapter.logs(handle)) count += 1;
        return count;
      };
      const before = await ticks();
      await until('the daemon works on', async () => (await ticks()) > before + 5);
      equal(await running(context, handle), pid, 'PID');
      equal((await context.adapter.status(handle)).restarts, 0, 'restarts');
    },
  }),
  traced({
    id: 'trace.summary',
    contract: 17,
    title: 'the summary counts what the trace yielded',
    async run(context) {
      const path = `/duende-${context.name()}`;
      const handle = await context.spawn(['open', path]);
      const tracer = await context.adapter.attachTracer(handle);
      const seen = collect(tracer);
      await until('the call', () => opens(seen.events, path), { timeout: 10_000 });
      await tracer.detach();
      await until('the trace is over', () => seen.over);
      const summary = tracer.summary();
      const call = opens(seen.events, path)?.call ?? fail('no call');
      const counted = seen.events.filter((event) => event.call === call);
      equal(summary.total, seen.events.length, 'total');
      equal(summary.calls[call]?.count, counted.length, `count of ${call}`);
      equal(summary.calls[call]?.errors, counted.filter((event) => event.error).length, `errors of ${call}`);
    },
  }),
  traced({
    id: 'trace.ends-with-daemon',
    contract: 17,
    title: 'a trace ends when the daemon ends, and does not change how it ended',
    async run(context) {
      const handle = await context.spawn(['sleep', '1500', 'exit', '3']);
      const seen = collect(await context.adapter.attachTracer(handle));
      const status = await ended(context, handle);
      equal(status.state === 'failed' && status.exit, { code: 3 }, `exit (${show(status)})`);
      await until('the trace is over', () => seen.over);
    },
  }),
  traced({
    id: 'trace.can-be-ended-by-signal',
    contract: 17,
    title: 'the signal of the options ends a trace and leaves the daemon running',
    async run(context) {
      const handle = await context.spawn(['count']);
      const controller = new AbortController();
      const tracer = await context.adapter.attachTracer(handle, { signal: controller.signal });
      const seen = collect(tracer);
      await until('calls', () => seen.events.length > 0, { timeout: 10_000 });
      controller.abort();
      await until('the trace is over', () => seen.over);
      await sleep(100);
      await running(context, handle);
    },
  }),
  traced({
    id: 'trace.of-ended-is-refused',
    contract: 17,
    title: 'a trace of a daemon that has ended is TracerFailed, not-running',
    logs: false,
    async run(context) {
      const handle = await context.spawn(['exit', '0']);
      await ended(context, handle);
      const wanted = { code: 'TracerFailed', reason: 'not-running' } as const;
      await rejects(context.adapter.attachTracer(handle), wanted, 'attachTracer');
    },
  }),
  clause({
    id: 'trace.unsupported-is-refused',
    contract: 17,
    title: 'where capabilities rule tracing out, attachTracer() is refused and the daemon runs on',
    logs: false,
    applies: (can) => !can.trace.supported,
    async run(context) {
      const handle = await context.spawn(['park']);
      const refusal = { code: ['NotSupported', 'TracerFailed'] } as const;
      await rejects(context.adapter.attachTracer(handle), refusal, 'attachTracer');
      await running(context, handle);
    },
  }),
];
