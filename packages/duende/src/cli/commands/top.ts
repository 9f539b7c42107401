import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { interruptible } from '../interrupt.ts';
import { placeOptions } from '../option.ts';
import { openScreen } from '../screen.ts';
import { type Sample, takeSample } from '../top-sample.ts';
import { formatTop } from '../top-table.ts';
import { exitCodes } from '../usage.ts';

export const command: Command = {
  name: 'top',
  summary: 'Watch the daemons: processor, memory, processes',
  positionals: [],
  options: [
    {
      name: 'interval',
      short: 'i',
      value: 'DURATION',
      kind: 'duration',
      help: 'Between two looks; 1s without it',
    },
    {
      name: 'count',
      short: 'n',
      value: 'COUNT',
      kind: 'count',
      help: 'End after so many looks; when piped, 1 without it',
    },
    { name: 'sort', value: 'COLUMN', kind: 'topOrder', help: 'name, cpu or memory; name without it' },
    ...placeOptions,
  ],
  details: ['q or Ctrl-C ends it. With --json, a line for each look until it is ended.'],
  examples: ['duende top', 'duende top --sort cpu', 'duende top --json --count 5'],
  async run(context) {
    const { args, out, json } = context;
    using interruption = interruptible(context);
    using screen = json || !out.stdout.isTTY ? undefined : openScreen();
    const ended = screen ? AbortSignal.any([interruption.signal, screen.quit]) : interruption.signal;
    const most = args.number('count') ?? (json || screen ? Number.POSITIVE_INFINITY : 1);
    const interval = Math.max(100, args.duration('interval') ?? 1000);
    let before = await takeSample(context);
    // Until the second look there is no rate: a live table shows something at once, a printed one waits for it.
    if (screen) screen.draw(page(context, before));
    for (let looks = 0; looks < most; looks += 1) {
      await pause(interval, ended);
      if (ended.aborted) break;
      const sample = await takeSample(context, before);
      if (ended.aborted) break;
      if (json) out.json(toJson(sample));
      else if (screen) screen.draw(page(context, sample));
      else out.print(page(context, sample).join('\n'));
      before = sample;
    }
    return interruption.signal.aborted ? interruption.exitCode() : (screen?.exitCode() ?? exitCodes.done);
  },
};

function page({ args, out }: Context, sample: Sample): string[] {
  return formatTop(sample, {
    sort: args.text('sort') ?? 'name',
    colors: out.paint,
    live: out.stdout.isTTY === true,
  });
}

function toJson({ time, daemons, problems }: Sample): unknown {
  return {
    time,
    daemons: daemons.map(({ handle, status, stats, cpuPercent }) => ({ handle, status, stats, cpuPercent })),
    problems,
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, Math.min(milliseconds, 2_147_483_647));
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
