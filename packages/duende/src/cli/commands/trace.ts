import type { TraceEvent, TracerHandle, TraceSummary } from '@duende/core/contract';
import type { Command } from '../command.ts';
import { findDaemon } from '../daemon.ts';
import { interruptible } from '../interrupt.ts';
import { namePositional, placeOptions } from '../option.ts';
import { formatTable, plain } from '../table.ts';
import { exitCodes } from '../usage.ts';

export const command: Command = {
  name: 'trace',
  summary: 'Show the system calls of a daemon',
  positionals: [namePositional],
  options: [
    { name: 'duration', short: 'd', value: 'DURATION', kind: 'duration', help: 'Detach after this time' },
    {
      name: 'calls',
      short: 'c',
      value: 'CALL,...',
      multiple: true,
      help: 'Only these: names (openat) or groups (%network)',
    },
    { name: 'summary', short: 's', help: 'Print only a count of each call, at the end' },
    ...placeOptions,
  ],
  details: [
    'Ends after --duration, with the daemon, or by Ctrl-C. Always detaches: the daemon goes on untouched.',
  ],
  examples: [
    'duende trace web --duration 2s --json',
    'duende trace web --calls %network',
    'duende trace web -d 5s -s',
  ],
  async run(context) {
    const { args, out } = context;
    const { adapter, handle } = await findDaemon(context);
    using interruption = interruptible(context);
    const calls = args.list('calls').flatMap((text) => text.split(',').filter((call) => call !== ''));
    const tracer = await adapter.attachTracer(handle, calls.length > 0 ? { calls } : {});
    if (out.stderr.isTTY) out.note(`tracing ${handle.name}; Ctrl-C detaches`);
    const duration = args.duration('duration');
    const detach = () => void tracer.detach().catch(() => {});
    const timer = duration === undefined ? undefined : setTimeout(detach, duration);
    interruption.signal.addEventListener('abort', detach, { once: true });
    if (interruption.signal.aborted) detach();
    try {
      const print = context.json
        ? (event: TraceEvent) => out.json(event)
        : (event: TraceEvent) => out.print(line(event));
      await drain(tracer, args.has('summary') ? () => {} : print);
    } finally {
      clearTimeout(timer);
      await tracer.detach();
    }
    if (args.has('summary')) {
      if (context.json) out.json(tracer.summary());
      else out.print(formatSummary(tracer.summary()));
    }
    return interruption.signal.aborted ? interruption.exitCode() : exitCodes.done;
  },
};

async function drain(tracer: TracerHandle, print: (event: TraceEvent) => void): Promise<void> {
  for await (const event of tracer) print(event);
}

/** As strace(1) writes it, after the time of the call. */
function line({ time, pid, call, args, result, error, duration }: TraceEvent): string {
  const failed = error === undefined ? '' : ` ${error}`;
  return plain(
    `${time.slice(11)} [${pid}] ${call}(${args.join(', ')}) = ${result}${failed} <${duration.toFixed(6)}>`,
  );
}

export function formatSummary(summary: TraceSummary): string {
  const rows = Object.entries(summary.calls)
    .toSorted(([, left], [, right]) => right.seconds - left.seconds || right.count - left.count)
    .map(([call, { count, errors, seconds }]) => [
      String(count),
      String(errors),
      seconds.toFixed(6),
      plain(call),
    ]);
  const head = ['CALLS', 'ERRORS', 'SECONDS', 'CALL'];
  return formatTable(head, [...rows, [String(summary.total), '', '', 'in all']], { right: head.slice(0, 3) });
}
