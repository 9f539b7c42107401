import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Account, groupNumber } from './accounts.ts';
import type { Definition } from './definition.ts';

const xpcproxy = fileURLToPath(new URL('../bin/xpcproxy', import.meta.url));

/** Linux's numbers of the limits (asm-generic/resource.h) that launchd.plist(5) names. */
const limitNumbers: Readonly<Record<string, number>> = {
  CPU: 0,
  FileSize: 1,
  Data: 2,
  Stack: 3,
  Core: 4,
  NumberOfProcesses: 6,
  NumberOfFiles: 7,
  MemoryLock: 8,
  // ResidentSetSize is not set: macOS takes it for a hint (setrlimit(2) there), no memory limit is enforced.
};

function limitArguments({ limits: { soft, hard } }: Definition): string[] {
  return Object.entries(limitNumbers).flatMap(([name, number]) => {
    if (!soft.has(name) && !hard.has(name)) return [];
    // One that is given alone counts for both here; launchd keeps the inherited other one (not known which).
    const most = hard.get(name) ?? soft.get(name);
    const least = Math.min(soft.get(name) ?? Number(most), Number(most));
    return [`limit=${number}:${least}:${most}`];
  });
}

/** launchd.plist(5), Umask: decimal as an integer, octal as a string. 022 is launchd's own. */
export function umaskOf(definition: Definition): number {
  const text = definition.text('Umask');
  return definition.number('Umask') ?? (text === undefined ? 0o022 : Number.parseInt(text, 8));
}

export interface Spawned {
  readonly pid: number;
  /** Resolves when the program has been executed (`undefined`), or with why not. */
  readonly executed: Promise<string | undefined>;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Starts one run of a job. Its process is the leader of a session and of a process group of its own, as under launchd. */
export function spawnJob(
  definition: Definition,
  environment: ReadonlyMap<string, string>,
  identity: { account: Account; group: string | undefined } | undefined,
): Spawned {
  const setting = (name: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [`${name}=${value}`];
  const gid = identity?.group === undefined ? identity?.account.gid : groupNumber(identity.group);
  // A group that does not exist: xpcproxy fails on it, as on every other setting.
  const ids = identity
    ? [
        ...setting('uid', identity.account.uid),
        ...setting('gid', gid ?? -1),
        ...setting('groups', identity.account.groups.join(' ')),
      ]
    : [];
  const settings = [
    ...ids,
    ...setting('umask', umaskOf(definition)),
    ...setting('nice', definition.number('Nice')),
    // launchd-842 core.c: launchd's own folder is /.
    ...setting('cwd', definition.text('WorkingDirectory') ?? '/'),
    ...setting('root', definition.text('RootDirectory')),
    ...setting('stdin', definition.text('StandardInPath')),
    ...setting('stdout', definition.text('StandardOutPath')),
    ...setting('stderr', definition.text('StandardErrorPath')),
    ...limitArguments(definition),
    ...[...environment].map(([name, value]) => `env=${name}=${value}`),
  ];
  const child: ChildProcess = spawn(
    xpcproxy,
    [...settings, '--', resolve(definition.program), ...definition.arguments],
    {
      detached: true,
      cwd: '/',
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    },
  );
  const exited = new Promise<Awaited<Spawned['exited']>>((done) => {
    child.once('exit', (code, signal) => done({ code, signal }));
    child.once('error', () => done({ code: 78, signal: null }));
  });
  const report = child.stdio[3] as Readable;
  const executed = new Promise<string | undefined>((done) => {
    let text = '';
    report.setEncoding('utf8');
    report.on('data', (chunk: string) => {
      text += chunk;
    });
    report.once('close', () => done(text === '' ? undefined : text.trim()));
    report.on('error', () => {});
  });
  return {
    pid: child.pid ?? 0,
    executed: child.pid ? executed : Promise.resolve('xpcproxy cannot be started'),
    exited,
  };
}

/** A bare name is looked up in launchd's own PATH (launchd.plist(5), ProgramArguments: execvp(3)). */
function resolve(program: string): string {
  if (program.includes('/')) return program;
  const found = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].map((folder) => `${folder}/${program}`);
  return found.find((path) => existsSync(path)) ?? `/usr/bin/${program}`;
}
