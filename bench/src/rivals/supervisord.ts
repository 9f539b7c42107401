import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTimed } from '../commands.ts';
import type { BenchContext } from '../context.ts';
import { until } from '../until.ts';
import { isMissing, type Missing, needDebianProgram } from './install.ts';

export interface Supervisord {
  readonly folder: string;
  readonly pid: number;
  /** Runs supervisorctl, timed as a whole process. */
  control(...args: string[]): Promise<{ milliseconds: number; stdout: string }>;
}

const render = (folder: string, programs: Readonly<Record<string, string>>, copies: number): string => {
  const sections = Object.entries(programs).map(([name, command]) =>
    [
      `[program:${name}]`,
      `command=${command}`,
      'autostart=false',
      'autorestart=true',
      // Running as soon as it is executed, like every other side.
      'startsecs=0',
      ...(name === 'many' ? ['process_name=%(process_num)02d', `numprocs=${copies}`] : []),
    ].join('\n'),
  );
  return `[unix_http_server]
file=${folder}/sock
[supervisord]
logfile=${folder}/log
pidfile=${folder}/pid
childlogdir=${folder}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${folder}/sock
${sections.join('\n')}
`;
};

/** Starts a supervisord for these programs, all of them down; the one named `many` has several copies. */
export async function prepareSupervisord(
  context: BenchContext,
  programs: Readonly<Record<string, string>>,
  copies: number,
): Promise<Supervisord | Missing> {
  const program = await needDebianProgram('supervisord', 'supervisor');
  if (isMissing(program)) return program;
  const folder = context.makeFolder('supervisord');
  const file = join(folder, 'conf');
  writeFileSync(file, render(folder, programs, copies));
  const child = spawn(program, ['-n', '-c', file], { stdio: 'ignore' });
  const pid = context.track(child.pid as number);
  const control: Supervisord['control'] = (...args) => runTimed('supervisorctl', ['-c', file, ...args]);
  context.onEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await until('supervisord ends', () => child.exitCode !== null || child.signalCode !== null);
  });
  await until('supervisord answers', () =>
    control('pid').then(
      () => true,
      () => false,
    ),
  );
  return { folder, pid, control };
}
