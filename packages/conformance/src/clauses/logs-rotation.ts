import { type Clause, type ClauseInput, clause } from '../clause.ts';
import { check, equal } from '../expect.ts';
import { ended, texts } from '../observe.ts';
import { meanwhile, until } from '../poll.ts';
import { printedLine } from '../probe/language.ts';
import { expectPrinted } from './logs.ts';

const rotation = (input: ClauseInput): Clause =>
  clause({ ...input, needs: (can) => [['log rotation', can.logs.rotation]] });

/** Point 12: rotation loses no line within the files that are kept. */
export const logRotationClauses: readonly Clause[] = [
  rotation({
    id: 'logs.rotation-loses-nothing',
    contract: 12,
    title: 'a log that rotates several times, but fits into the files kept, is whole',
    async run(context) {
      const logs = { maxSize: '64k', files: 8 };
      const handle = await context.spawn(['print', '3000', '100', 'stdout', '0'], { logs });
      await ended(context, handle);
      expectPrinted(await texts(context.adapter, handle), 3000, 100, 'log');
    },
  }),
  rotation({
    id: 'logs.rotation-keeps-newest',
    contract: 12,
    title: 'a log that outgrows the files kept has its newest lines, without a gap, and is bounded',
    async run(context) {
      const logs = { maxSize: '16k', files: 2 };
      const handle = await context.spawn(['print', '10000', '100', 'stdout', '0'], { logs });
      await ended(context, handle);
      const lines = await texts(context.adapter, handle);
      // Platforms keep a time with each line, so a file may hold fewer lines than its size suggests; a third at least.
      check(lines.length >= 50, `expected the newest lines, got only ${lines.length}`);
      check(lines.length <= 1000, `expected at most 3 files of 16k, got ${lines.length} lines of 100 bytes`);
      const first = 10_000 - lines.length;
      equal(lines[0], printedLine(first, 100), 'first line that was kept');
      equal(
        lines.findIndex((text, index) => text !== printedLine(first + index, 100)),
        -1,
        'index of the first line that is wrong',
      );
    },
  }),
  rotation({
    id: 'logs.rotation-while-followed',
    contract: 12,
    title: 'follow loses no line while the log rotates',
    timeout: 20_000,
    async run(context) {
      const logs = { maxSize: '16k', files: 10 };
      const handle = await context.spawn(['print', '700', '200', 'stdout', '3'], { logs });
      const lines: string[] = [];
      let over = false;
      const read = async (): Promise<void> => {
        for await (const { text } of context.adapter.logs(handle, { follow: true })) lines.push(text);
        over = true;
      };
      const reading = meanwhile(read());
      await context.adapter.wait(handle);
      await until('the follow ends', () => over);
      await reading;
      expectPrinted(lines, 700, 200, 'followed lines');
    },
  }),
];
