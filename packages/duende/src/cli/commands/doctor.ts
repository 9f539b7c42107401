import { doctorReport } from '../../doctor.ts';
import { formatDoctor } from '../../doctor-format.ts';
import type { Command } from '../command.ts';
import { domainOption, engineOptions, scopeOption } from '../option.ts';
import { withProgress } from '../progress.ts';
import { exitCodes } from '../usage.ts';

export const command: Command = {
  name: 'doctor',
  summary: 'Show what this machine can run, and what is wrong',
  positionals: [],
  options: [scopeOption, domainOption, ...engineOptions],
  details: [
    'Exit code 1 when the detected platform or the state folder cannot be used; other platforms are optional.',
  ],
  examples: ['duende doctor', 'duende doctor --json', 'duende doctor --runtime podman'],
  async run({ args, io, out, json }) {
    const options = {
      env: io.env,
      ...(io.importer ? { importer: io.importer } : {}),
      scope: args.text('scope'),
      domain: args.text('domain'),
      runtime: args.text('runtime'),
      host: args.text('host'),
    };
    const report = await withProgress(out, 'asking the platforms', doctorReport(options));
    if (json) out.json(report);
    else out.print(formatDoctor(report, { color: out.paint.bold('x') !== 'x' }).trimEnd());
    return report.ok ? exitCodes.done : exitCodes.failed;
  },
};
