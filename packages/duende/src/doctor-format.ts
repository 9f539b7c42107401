import { platformTitles } from '@duende/core/contract';
import { summarizeCapabilities } from './capability-summary.ts';
import { formatTable, type Paint, paint } from './cli/table.ts';
import type { DoctorReport, PlatformReport } from './doctor.ts';

export interface FormatDoctorOptions {
  /** ANSI colours; none without it. */
  readonly color?: boolean;
}

/** The report as text for people, ending with a newline. */
export function formatDoctor(report: DoctorReport, options: FormatDoctorOptions = {}): string {
  const colors = paint(options.color ?? false);
  const lines = [
    `${mark(report.node.ok, colors)} Node ${report.node.version} (needs ${report.node.required})`,
    stateFolderLine(report, colors),
    `${mark(detectedRow(report)?.available ?? false, colors)} Detected platform: ${report.detected.platform} (${platformTitles[report.detected.platform]})`,
    ...report.detected.evidence.map(
      ({ platform, check, found, detail }) => `    ${found ? 'is' : 'not'} ${platform}: ${check}: ${detail}`,
    ),
    '',
    formatTable(
      ['PLATFORM', 'PACKAGE', 'INSTALLED', 'AVAILABLE', 'ENGINE'],
      report.platforms.map((row) => [
        row.platform,
        row.package,
        row.installed ? colors.green('yes') : 'no',
        row.available ? colors.green('yes') : row.installed ? colors.red('no') : 'no',
        row.available ? engineOf(row) : '-',
      ]),
    ),
    ...report.platforms.flatMap((row) => details(row, report.detected.platform === row.platform, colors)),
  ];
  for (const row of report.platforms.filter((entry) => entry.available && entry.capabilities)) {
    lines.push('', `What ${row.platform} can do here:`, capabilitiesOf(row));
  }
  return `${lines.join('\n')}\n`;
}

function mark(ok: boolean, colors: Paint): string {
  return ok ? colors.green('ok  ') : colors.red('FAIL');
}

function detectedRow(report: DoctorReport): PlatformReport | undefined {
  return report.platforms.find((row) => row.platform === report.detected.platform);
}

function stateFolderLine({ stateFolder: folder }: DoctorReport, colors: Paint): string {
  const state = folder.exists ? `mode ${folder.mode}` : 'not made yet';
  const line = `${mark(folder.ok, colors)} State folder ${folder.path} (${state})`;
  return folder.why ? `${line}: ${folder.why}. ${folder.fix}` : line;
}

function engineOf(row: PlatformReport): string {
  const { engine = '', version } = row;
  return version && !engine.includes(version) ? `${engine} ${version}` : engine;
}

/** Why a platform cannot be used: of interest when its package is installed, or when it is the detected one. */
function details(row: PlatformReport, isDetected: boolean, colors: Paint): string[] {
  const notes = [...row.warnings, ...row.problems].map(
    (text) => `${colors.yellow('!')} ${row.platform}: ${text}`,
  );
  if (row.why === undefined || (!row.installed && !isDetected)) return notes;
  return [...notes, `${colors.red('x')} ${row.platform}: ${row.why}. ${row.fix}`];
}

function capabilitiesOf(row: PlatformReport): string {
  if (!row.capabilities) return '';
  return summarizeCapabilities(row.capabilities)
    .map(({ title, text }) => `  ${`${title}:`.padEnd(15)} ${text}`)
    .join('\n');
}
