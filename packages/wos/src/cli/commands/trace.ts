import { parseDuration } from '@duende/core/contract';
import type { TraceDocument } from '../../protocol/documents.ts';
import type { Command } from '../command.ts';
import { interruptNumber, onInterrupt } from '../interrupt.ts';
import { processOptions } from '../option.ts';
import { withProcess } from '../session.ts';

export const command: Command = {
  name: 'trace',
  summary: 'Show the system calls of a process',
  positionals: ['pid'],
  options: [
    ...processOptions,
    { name: 'duration', value: 'TIME', kind: 'duration', help: 'For so long; until it ends without it' },
  ],
  details: [
    'One line for each call: time, call, arguments, result, and how long it took. --json: a document a line. The process runs on afterwards.',
  ],
  examples: ['wos-ctl trace --pid 2', 'wos-ctl trace --name web --duration 2s --json'],
  async run(context) {
    const { args, out, json, outputClosed } = context;
    const ended = new AbortController();
    let code: number | undefined;
    using _ = onInterrupt((name) => {
      code = 128 + interruptNumber(name);
      ended.abort();
    });
    const duration = parseDuration(args.text('duration') ?? '');
    const signals = [ended.signal, outputClosed];
    if (duration !== undefined) signals.push(AbortSignal.timeout(duration));
    const onEvent = ({ events, dropped }: TraceDocument) => {
      for (const event of events) out.print(json ? JSON.stringify(event) : formatCall(event));
      if (dropped > 0)
        out.note(`wos-ctl: ${dropped} calls were left out: they came faster than they are read`);
    };
    await withProcess(context, async (client, pid) => {
      await client.request('trace', { pid }, { signal: AbortSignal.any(signals), onEvent });
    });
    return code;
  },
};

/** Pure: `12:00:00.000 path_open(directory=3, path="a") = 0 <0.021 ms>`. */
export function formatCall({
  time,
  call,
  args,
  result,
  error,
  duration,
}: TraceDocument['events'][number]): string {
  const shown = Object.entries(args).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const outcome =
    result === undefined ? 'never returned' : `${result}${error === undefined ? '' : ` ${error}`}`;
  const clock = new Date(time).toISOString().slice(11, 23);
  return `${clock} ${call}(${shown.join(', ')}) = ${outcome} <${duration.toFixed(3)} ms>`;
}
