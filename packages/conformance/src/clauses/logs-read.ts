import { type Clause, clause } from '../clause.ts';
import { check, equal, show } from '../expect.ts';
import { ended, line, texts } from '../observe.ts';
import { printedLine } from '../probe/language.ts';

/** Point 12: reading the log, whole and in part. */
export const logReadClauses: readonly Clause[] = [
  clause({
    id: 'logs.outlive-daemon',
    contract: 12,
    title: 'the log can be read after the end, by every client and process, again and again',
    async run(context) {
      const handle = await context.spawn(['say', 'one', 'warn', 'two', 'exit', '3']);
      await ended(context, handle);
      const first = await texts(context.adapter, handle);
      equal([...first].sort(), ['one', 'two'], 'log');
      equal(await texts(context.adapter, handle), first, 'log, read again');
      equal(await texts(await context.client(), handle), first, 'log read by another client');
      const [theirs] = await context.elsewhere([{ method: 'logs', args: [handle] }]);
      equal(
        (theirs as { text: string }[]).map((entry) => entry.text),
        first,
        'log read by another process',
      );
    },
  }),
  clause({
    id: 'logs.times',
    contract: 12,
    title: 'every line has the ISO time at which it was received, and they do not go back',
    async run(context) {
      const handle = await context.spawn(['print', '20', '20', 'stdout', '20']);
      await ended(context, handle);
      const times: string[] = [];
      for await (const { time } of context.adapter.logs(handle)) times.push(time);
      const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
      check(
        times.every((time) => iso.test(time)),
        `expected ISO 8601, got ${show(times)}`,
      );
      equal([...times].sort(), times, 'times in order');
      const took = Date.parse(times.at(-1) ?? '') - Date.parse(times[0] ?? '');
      check(took >= 300, `expected about 400 ms between the first line and the last, got ${took}`);
    },
  }),
  clause({
    id: 'logs.tail',
    contract: 12,
    title: 'tail gives the last lines',
    async run(context) {
      const handle = await context.spawn(['print', '50', '20', 'stdout', '0']);
      await ended(context, handle);
      const read = async (tail: number): Promise<string[]> => {
        const lines: string[] = [];
        for await (const { text } of context.adapter.logs(handle, { tail })) lines.push(text);
        return lines;
      };
      const all = Array.from({ length: 50 }, (_, index) => printedLine(index, 20));
      equal(await read(3), all.slice(-3), 'tail 3');
      equal(await read(1000), all, 'tail 1000');
      equal(await read(0), [], 'tail 0');
    },
  }),
  clause({
    id: 'logs.since',
    contract: 12,
    title: 'since gives the lines from that time on, as ISO text and as Date',
    async run(context) {
      const handle = await context.spawn(['say', 'early', 'sleep', '600', 'say', 'late', 'park']);
      await line(context, handle, 'late');
      const entries = [];
      for await (const entry of context.adapter.logs(handle)) entries.push(entry);
      equal(
        entries.map((entry) => entry.text),
        ['early', 'late'],
        'log',
      );
      const between = new Date(Date.parse(entries[1]?.time ?? '') - 300);
      for (const since of [between, between.toISOString()]) {
        const lines: string[] = [];
        for await (const { text } of context.adapter.logs(handle, { since })) lines.push(text);
        equal(lines, ['late'], `lines since ${show(since)}`);
      }
    },
  }),
];
