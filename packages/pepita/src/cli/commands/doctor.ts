import type { VmmKind } from '../../vmm-rest/vmm-kind.ts';
import type { Command } from '../command.ts';
import { type DoctorReport, doctorReport } from '../doctor.ts';
import type { Output } from '../output.ts';
import { withProgress } from '../progress.ts';
import { plain } from '../table.ts';
import { exitCodes } from '../usage.ts';

export const command: Command = {
  name: 'doctor',
  summary: 'Show whether VMs can be started here, and what is wrong',
  options: [
    {
      name: 'vmm',
      value: 'VMM',
      kind: 'vmm',
      help: 'Look at this one: qemu (without it), firecracker or cloud-hypervisor',
    },
    { name: 'accel', value: 'ACCEL', kind: 'accel', help: 'kvm or tcg: do not try which of them works' },
  ],
  details: [
    'Exit code 1 when no VM can be started. Where there is a /dev/kvm it boots a guest once to see whether that works.',
  ],
  examples: ['pepita doctor', 'pepita doctor --json'],
  async run({ adapter, args, out, json, stateDirectory }) {
    const { program } = adapter.capabilities.daemons;
    const accel = args.text('accel') as 'kvm' | 'tcg' | undefined;
    const vmm = args.text('vmm') as VmmKind | undefined;
    const report: DoctorReport = program.supported
      ? await withProgress(out, 'looking at this machine', () => doctorReport(stateDirectory, accel, vmm))
      : {
          ok: false,
          stateDirectory,
          checks: [
            { ok: false, title: 'Machine', text: program.why, fix: program.fix ?? 'Use another platform' },
          ],
        };
    if (json) out.json(report);
    else out.print(formatDoctor(report, out));
    return report.ok ? exitCodes.done : exitCodes.failed;
  },
};

/** A line each, and below it what to do. */
export function formatDoctor({ ok, checks }: DoctorReport, out: Pick<Output, 'color'>): string {
  const lines = checks.flatMap((check) => {
    const mark = check.ok
      ? check.warning
        ? out.color('yellow', '!   ')
        : out.color('green', 'ok  ')
      : out.color('red', 'FAIL');
    return [`${mark} ${check.title}: ${plain(check.text)}`, ...(check.fix ? [`     ${check.fix}`] : [])];
  });
  return [...lines, '', ok ? 'VMs can be started here' : 'No VM can be started here'].join('\n');
}
