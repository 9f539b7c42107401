import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTimed } from '../commands.ts';
import type { BenchContext } from '../context.ts';
import { isMissing, type Missing, needNpmPackage } from './install.ts';

export interface Pm2 {
  readonly folder: string;
  readonly version: string;
  /** Its manager, which is started by the first command. */
  readonly pid: number;
  /** Runs pm2 with the Node of this process, timed as a whole process. */
  run(...args: string[]): Promise<{ milliseconds: number; stdout: string }>;
  /** `pm2 start` of a program that is no Node script. */
  start(name: string, program: string, ...args: string[]): Promise<number>;
}

export async function preparePm2(context: BenchContext): Promise<Pm2 | Missing> {
  const packageFolder = await needNpmPackage('pm2', 7);
  if (isMissing(packageFolder)) return packageFolder;
  const folder = context.makeFolder('pm2');
  const env = { PATH: process.env.PATH, HOME: folder, PM2_HOME: folder };
  const run: Pm2['run'] = (...args) =>
    runTimed(process.execPath, [join(packageFolder, 'bin', 'pm2'), ...args], { env });
  context.onEnd(() => run('kill'));
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  await run('ping');
  const pid = context.track(Number(readFileSync(join(folder, 'pm2.pid'), 'utf8')));
  return {
    folder,
    version,
    pid,
    run,
    start: async (name, program, ...args) => {
      const options = ['--interpreter', 'none', '--name', name];
      // pm2 takes a lone `--` for a script.
      const rest = args.length > 0 ? ['--', ...args] : [];
      return (await run('start', program, ...options, ...rest)).milliseconds;
    },
  };
}
