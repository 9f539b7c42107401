import type { Capabilities } from '@duende/core';
import { type Clause, clause, type Need } from '../clause.ts';
import type { ProgramInput } from '../context.ts';
import { check, equal, fail, show } from '../expect.ts';
import { ended, texts } from '../observe.ts';
import { printedLine } from '../probe/language.ts';

/** Every line of `print COUNT BYTES`, in order and unchanged. */
export function expectPrinted(lines: readonly string[], count: number, bytes: number, what: string): void {
  for (let index = 0; index < Math.min(count, lines.length); index++) {
    const expected = printedLine(index, bytes);
    if (lines[index] === expected) continue;
    fail(`${what}: line ${index}: expected ${show(expected)}, got ${show(lines[index])}`);
  }
  equal(lines.length, count, `${what}: number of lines`);
}

const bursts = ({ logs }: Capabilities): Need[] => [['bursts in the log', logs.bursts]];

/** Room for a burst, where the spec decides about it. */
const roomy = ({ logs }: Capabilities): Pick<ProgramInput, 'logs'> =>
  logs.rotation.supported ? { logs: { maxSize: '64M', files: 2 } } : {};

/** Point 12: what was printed is in the log. */
export const logClauses: readonly Clause[] = [
  clause({
    id: 'logs.both-streams',
    contract: 12,
    title: 'stdout and stderr are captured and told apart',
    async run(context) {
      const handle = await context.spawn(['say', 'to stdout', 'warn', 'to stderr', 'say', 'again']);
      await ended(context, handle);
      equal(await texts(context.adapter, handle, 'stdout'), ['to stdout', 'again'], 'stdout');
      equal(await texts(context.adapter, handle, 'stderr'), ['to stderr'], 'stderr');
    },
  }),
  clause({
    id: 'logs.order-across-streams',
    contract: 12,
    title: 'lines of both streams are in the order in which they were printed',
    async run(context) {
      // 40 ms apart: two pipes have no common order within one reading.
      const handle = await context.spawn(['print', '12', '20', 'both', '40']);
      await ended(context, handle);
      expectPrinted(await texts(context.adapter, handle), 12, 20, 'both streams');
    },
  }),
  clause({
    id: 'logs.first-and-last-byte',
    contract: 12,
    title: 'a daemon that prints and ends at once has a whole log, also without a last line terminator',
    async run(context) {
      for (let round = 0; round < 5; round++) {
        const handle = await context.spawn(['write', 'first', 'write', ' and last']);
        await ended(context, handle);
        equal(await texts(context.adapter, handle), ['first and last'], `log of round ${round}`);
        await context.adapter.remove(handle);
      }
    },
  }),
  clause({
    id: 'logs.text-unchanged',
    contract: 12,
    title: 'leading spaces, tabs, escapes and unicode arrive unchanged',
    async run(context) {
      const wanted = [
        '  indented',
        '\ttabbed',
        '\u001b[31mred\u001b[0m',
        '日本語 🦊 é',
        '{"a":"b\\n"}',
        '%s %n',
      ];
      const handle = await context.spawn(wanted.flatMap((text) => ['say', text]));
      await ended(context, handle);
      equal(await texts(context.adapter, handle), wanted, 'log');
    },
  }),
  clause({
    id: 'logs.exact',
    contract: 12,
    title: 'empty lines and spaces at the end of a line are kept',
    needs: (can) => [['exact lines', can.logs.exact]],
    async run(context) {
      const wanted = ['', 'first', '', '', ' ', 'last  '];
      const handle = await context.spawn(wanted.flatMap((text) => ['say', text]));
      await ended(context, handle);
      equal(await texts(context.adapter, handle), wanted, 'log');
    },
  }),
  clause({
    id: 'logs.long-line',
    contract: 12,
    title: 'a line of 200 kB arrives whole (in several lines where the platform splits them)',
    async run(context) {
      const handle = await context.spawn(['print', '1', '200000', 'stdout', '0']);
      await ended(context, handle);
      const whole = (await texts(context.adapter, handle)).join('');
      check(whole === printedLine(0, 200_000), `expected 199999 characters unchanged, got ${whole.length}`);
    },
  }),
  clause({
    id: 'logs.burst-10-mb',
    contract: 12,
    title: 'a burst of 10 MB is captured whole and in order',
    needs: bursts,
    timeout: 60_000,
    exclusive: true,
    async run(context) {
      const handle = await context.spawn(
        ['print', '100000', '105', 'stdout', '0'],
        roomy(context.capabilities),
      );
      await ended(context, handle);
      expectPrinted(await texts(context.adapter, handle, 'stdout'), 100_000, 105, 'stdout');
    },
  }),
  clause({
    id: 'logs.burst-both-streams',
    contract: 12,
    title: 'bursts on both streams are captured whole, each in order',
    needs: bursts,
    timeout: 30_000,
    async run(context) {
      const handle = await context.spawn(['print', '20000', '50', 'both', '0'], roomy(context.capabilities));
      await ended(context, handle);
      const indexed = (lines: readonly string[]) => lines.map((text) => Number.parseInt(text, 10));
      const everyOther = (first: number) => Array.from({ length: 10_000 }, (_, index) => first + 2 * index);
      const same = (got: number[], first: number) => got.join() === everyOther(first).join();
      const out = indexed(await texts(context.adapter, handle, 'stdout'));
      const err = indexed(await texts(context.adapter, handle, 'stderr'));
      check(same(out, 0), `stdout: expected 10000 even lines in order, got ${out.length}: ${show(out)}`);
      check(same(err, 1), `stderr: expected 10000 odd lines in order, got ${err.length}: ${show(err)}`);
    },
  }),
];
