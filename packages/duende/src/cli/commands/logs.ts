import { type LogLine, type LogsOptions, parseDuration } from '@duende/core/contract';
import { type Arguments, quote } from '../arguments.ts';
import type { Command } from '../command.ts';
import { findDaemon } from '../daemon.ts';
import { interruptible } from '../interrupt.ts';
import { namePositional, placeOptions } from '../option.ts';
import type { Output } from '../output.ts';
import { exitCodes, usageError } from '../usage.ts';

export const command: Command = {
  name: 'logs',
  summary: 'Show what a daemon wrote',
  positionals: [namePositional],
  options: [
    { name: 'follow', short: 'f', help: 'Go on with new lines until the daemon has ended' },
    {
      name: 'tail',
      short: 'n',
      value: 'LINES',
      kind: 'count',
      help: 'Only the last so many lines of those there are',
    },
    {
      name: 'since',
      value: 'TIME',
      help: 'Only lines since then: an ISO 8601 time, or a duration such as 5m before now',
    },
    { name: 'stream', value: 'STREAM', kind: 'stream', help: 'Only stdout or only stderr' },
    { name: 'timestamps', help: 'The time before each line' },
    ...placeOptions,
  ],
  details: ['Lines of both streams go to stdout in their order; on a terminal those of stderr are red.'],
  examples: [
    'duende logs web -f -n 100',
    'duende logs web --since 5m --timestamps',
    'duende logs web --json',
  ],
  async run(context) {
    const { args, out } = context;
    const options = logsOptions(args);
    const { adapter, handle } = await findDaemon(context);
    using interruption = interruptible(context);
    const stream = args.text('stream');
    const format = context.json ? JSON.stringify : lineFormat(out, args.has('timestamps'));
    try {
      for await (const line of adapter.logs(handle, { ...options, signal: interruption.signal })) {
        if (interruption.signal.aborted) break;
        if (stream === undefined || line.stream === stream) out.print(format(line));
      }
    } catch (error) {
      if (!interruption.signal.aborted) throw error;
    }
    return interruption.signal.aborted ? interruption.exitCode() : exitCodes.done;
  },
};

function logsOptions(args: Arguments): LogsOptions {
  const tail = args.number('tail');
  const since = args.text('since');
  return {
    follow: args.has('follow'),
    ...(tail === undefined ? {} : { tail }),
    ...(since === undefined ? {} : { since: sinceDate(since) }),
  };
}

function sinceDate(text: string): Date {
  const before = parseDuration(text);
  if (before !== undefined) return new Date(Date.now() - before);
  const date = /^\d{4}-\d\d-\d\d/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (!Number.isNaN(date.getTime())) return date;
  throw usageError(`--since: expected a time such as 2026-01-31T12:00:00Z, or 5m, got ${quote(text)}`);
}

function lineFormat(out: Output, timestamps: boolean): (line: LogLine) => string {
  return ({ time, stream, text }) => {
    const colored = stream === 'stderr' ? out.paint.red(text) : text;
    return timestamps ? `${out.paint.dim(time)} ${colored}` : colored;
  };
}
