import type { LogLine } from '@duende/core/contract';
import { readLogFolder } from '@duende/program';
import type { ProcessDocument } from '../../protocol/documents.ts';
import type { Command, CommandContext } from '../command.ts';
import { followLog } from '../follow-log.ts';
import { interruptNumber, onInterrupt } from '../interrupt.ts';
import { processOptions } from '../option.ts';
import { findProcess, withKernel } from '../session.ts';

export const command: Command = {
  name: 'logs',
  summary: 'Show what a process wrote',
  positionals: ['pid'],
  options: [
    ...processOptions,
    { name: 'follow', short: 'f', help: 'Go on with new lines until the process has ended' },
    { name: 'tail', short: 'n', value: 'LINES', kind: 'count', help: 'Only the last so many lines' },
    { name: 'timestamps', help: 'The time before each line' },
  ],
  details: [
    'Lines of both streams go to stdout in their order; on a terminal those of stderr are red. --json: a document a line.',
  ],
  examples: ['wos-ctl logs --pid 2 -f', 'wos-ctl logs --name web -n 20'],
  async run(context) {
    const { args, out, json, outputClosed } = context;
    const found = await findProcess(context);
    const ended = new AbortController();
    let code: number | undefined;
    using _ = onInterrupt((name) => {
      code = 128 + interruptNumber(name);
      ended.abort();
    });
    const signal = AbortSignal.any([ended.signal, outputClosed]);
    const format = json
      ? JSON.stringify
      : formatLine(args.has('timestamps'), (text) => out.color('red', text));
    await eachLine(context, found, signal, (line) => out.print(format(line)));
    return code;
  },
};

async function eachLine(
  context: CommandContext,
  { pid, log, state }: ProcessDocument,
  signal: AbortSignal,
  print: (line: LogLine) => void,
): Promise<void> {
  const tail = context.args.number('tail');
  const options = { signal, ...(tail === undefined ? {} : { tail }) };
  if (!context.args.has('follow') || state === 'ended' || state === 'lost') {
    for await (const line of readLogFolder(log, () => true, options)) print(line);
    return;
  }
  await withKernel(context, async (client) => {
    const ended = client.request('wait', { pid });
    for await (const line of followLog(log, ended, options)) print(line);
  });
}

const formatLine =
  (timestamps: boolean, red: (text: string) => string) =>
  ({ time, stream, text }: LogLine): string => {
    const colored = stream === 'stderr' ? red(text) : text;
    return timestamps ? `${time} ${colored}` : colored;
  };
