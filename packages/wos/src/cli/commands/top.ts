import { setTimeout as delay } from 'node:timers/promises';
import { parseDuration } from '@duende/core/contract';
import type { Command } from '../command.ts';
import { onInterrupt } from '../interrupt.ts';
import { withKernel } from '../session.ts';
import { formatTop, type Look } from '../top-table.ts';

export const command: Command = {
  name: 'top',
  summary: 'Watch the processes',
  options: [
    { name: 'interval', value: 'TIME', kind: 'duration', help: 'Between two looks; 1s without it' },
    { name: 'count', value: 'LOOKS', kind: 'count', help: 'End after so many; 1 when stdout is no terminal' },
  ],
  details: ['CPU is a share of one core since the look before. Ctrl-C ends it.'],
  examples: ['wos-ctl top', 'wos-ctl top --count 1 --interval 200ms --json'],
  async run(context) {
    const { args, out, json, outputClosed } = context;
    const interval = Math.max(20, parseDuration(args.text('interval') ?? '1s') ?? 0);
    const isLive = out.stdout.isTTY === true && !json;
    const count = args.number('count') ?? (isLive ? Number.POSITIVE_INFINITY : 1);
    const ended = new AbortController();
    using _ = onInterrupt(() => ended.abort());
    const signal = AbortSignal.any([ended.signal, outputClosed]);
    await withKernel(context, async (client) => {
      const look = async (): Promise<Look> => ({
        time: performance.now(),
        processes: await client.request('list', {}),
      });
      let before = await look();
      for (let shown = 0; shown < count && !signal.aborted; shown++) {
        await delay(interval, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        const now = await look();
        const { lines, rows } = formatTop(before, now, await client.request('info', {}));
        if (json) out.print(JSON.stringify(rows));
        else {
          const height = context.out.stdout.isTTY ? (process.stdout.rows ?? 24) - 1 : lines.length;
          out.print((isLive ? '\u001B[H\u001B[2J' : '') + lines.slice(0, height).join('\n'));
        }
        before = now;
      }
    });
    return undefined;
  },
};
