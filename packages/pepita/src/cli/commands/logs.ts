import type { DaemonHandle, LogLine } from '@duende/core/contract';
import type { Command, CommandContext } from '../command.ts';
import { findVm } from '../find-vm.ts';
import { interruptNumber, onInterrupt } from '../interrupt.ts';
import { nameOption } from '../option.ts';
import { usageError } from '../usage.ts';

export const command: Command = {
  name: 'logs',
  summary: 'Show what the program of a VM wrote',
  positionals: ['name'],
  needs: ['name'],
  options: [
    nameOption,
    { name: 'follow', short: 'f', help: 'Go on with new lines until the program has ended' },
    { name: 'tail', short: 'n', value: 'LINES', kind: 'count', help: 'Only the last so many lines' },
    { name: 'timestamps', help: 'The time before each line' },
    { name: 'console', help: "The guest's console and what the VMM says, instead of the program's output" },
  ],
  details: [
    'Lines of both streams go to stdout in their order; on a terminal those of stderr are red. --json: a document a line.',
  ],
  examples: ['pepita logs --name web -f', 'pepita logs --name web -n 20', 'pepita logs --name web --console'],
  async run(context) {
    const { args, adapter, out, json } = context;
    const handle = await findVm(context);
    if (!args.has('console')) return await printLog(context, handle);
    const refused = ['follow', 'timestamps'].find((name) => args.has(name));
    if (refused) throw usageError(`--${refused} does not go with --console`);
    const lines = await adapter.console(handle, args.number('tail') ?? 1000);
    for (const text of lines) out.print(json ? JSON.stringify({ text }) : text);
    return undefined;
  },
};

async function printLog(context: CommandContext, handle: DaemonHandle): Promise<number | undefined> {
  const { args, adapter, out, json, outputClosed } = context;
  const ended = new AbortController();
  let code: number | undefined;
  using _ = onInterrupt((name) => {
    code = 128 + interruptNumber(name);
    ended.abort();
  });
  const signal = AbortSignal.any([ended.signal, outputClosed]);
  const tail = args.number('tail');
  const options = { follow: args.has('follow'), ...(tail === undefined ? {} : { tail }), signal };
  const format = json ? JSON.stringify : formatLine(args.has('timestamps'), (text) => out.color('red', text));
  try {
    for await (const line of adapter.logs(handle, options)) {
      if (signal.aborted) break;
      out.print(format(line));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return code;
}

const formatLine =
  (timestamps: boolean, red: (text: string) => string) =>
  ({ time, stream, text }: LogLine): string => {
    const colored = stream === 'stderr' ? red(text) : text;
    return timestamps ? `${time} ${colored}` : colored;
  };
