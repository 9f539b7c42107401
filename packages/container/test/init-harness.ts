/** Containers for the tests of duende-init without an engine: a PID namespace of its own, and a folder that plays the bind mount. */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { encodeFrames, type Frame, readStatePage, type StatePage, statePageSize } from '@duende/program';

const prebuilt = (folder: string): string =>
  fileURLToPath(new URL(`../../${folder}/prebuilt/linux-${arch()}`, import.meta.url));
export const init = join(prebuilt('container'), 'duende-init');
export const probe = join(prebuilt('conformance'), 'probe');
export const id = randomUUID();

const tags = {
  name: 2,
  id: 3,
  program: 5,
  argument: 6,
  variable: 7,
  cwd: 8,
  number: 9,
  healthArgument: 13,
  healthHost: 14,
  healthRequest: 15,
  bootId: 17,
} as const;
type Tag = keyof typeof tags;

const usual = {
  restart_policy: 0,
  restart_delay: 10,
  restart_factor_milli: 1000,
  restart_max_delay: 1000,
  restart_max: 0,
  restart_window: 60_000,
  stop_signal: 15,
  stop_timeout: 5000,
  start_timeout: 5000,
  notify: 0,
  log_max_size: 10 << 20,
  log_files: 5,
};

export interface Settings {
  readonly program?: string;
  readonly args?: readonly string[];
  readonly numbers?: Readonly<Record<string, number>>;
  readonly frames?: readonly Frame<Tag>[];
}

const folders: string[] = [];

/** A folder with the configuration, and the page that the adapter writes before the start. */
export function prepare({ program = probe, args = [], numbers = {}, frames = [] }: Settings): string {
  const folder = mkdtempSync(join(tmpdir(), 'duende-init-test-'));
  folders.push(folder);
  chmodSync(folder, 0o777);
  const all: Frame<Tag>[] = [
    ['name', 'tested'],
    ['id', id],
    ['bootId', 'a-boot'],
    ['program', program],
    ['argument', program],
    ...args.map((argument): Frame<Tag> => ['argument', argument]),
    ...Object.entries({ ...usual, ...numbers }).map(
      ([name, value]): Frame<Tag> => ['number', `${name}=${value}`],
    ),
    ...frames,
  ];
  writeFileSync(join(folder, 'config'), encodeFrames(all, tags), { mode: 0o644 });
  const page = Buffer.alloc(statePageSize);
  page.write('DUENDEn1');
  page.write(id, 120);
  page.write('tested', 200);
  writeFileSync(join(folder, 'state'), Buffer.concat([page, Buffer.from('{"spec":1}')]));
  chmodSync(join(folder, 'state'), 0o666);
  return folder;
}

export const root = process.getuid?.() === 0;
const isolation = ['--pid', '--fork', '--mount-proc', '--kill-child', ...(root ? [] : ['-Ur'])];

export interface How {
  /** As a user without rights; a test that is not run by root has none anyway. */
  readonly uid?: number;
  /** The limit, and how far it may be raised. */
  readonly openFiles?: number;
  readonly openFilesMost?: number;
  readonly processes?: number;
  readonly proc?: false;
  /** A folder that stands for /sys/fs/cgroup. */
  readonly cgroup?: string;
  /** Without stdin, stdout and stderr. */
  readonly closed?: true;
  readonly env?: Readonly<Record<string, string>>;
}

const started = new Set<Container>();

export class Container {
  output = '';
  errors = '';
  readonly ended: Promise<number | string>;
  readonly folder: string;
  readonly #child: ChildProcess;

  constructor(
    folder: string,
    { uid, openFiles, openFilesMost = openFiles, processes, proc, cgroup, closed, env = {} }: How = {},
  ) {
    this.folder = folder;
    const command = [...isolation];
    const shell = (script: string): number => command.push('sh', '-c', `${script} && exec "$@"`, 'sh');
    if (cgroup) shell(`mount --bind '${cgroup}' /sys/fs/cgroup`);
    if (proc === false) shell('mount -t tmpfs none /proc');
    if (uid !== undefined && root)
      command.push('setpriv', '--reuid', String(uid), '--regid', String(uid), '--clear-groups');
    if (openFiles !== undefined) command.push('prlimit', `--nofile=${openFiles}:${openFilesMost}`);
    // Without a user of its own unshare counts, too.
    const most = processes === undefined || root ? processes : processes + 1;
    if (most !== undefined) command.push('prlimit', `--nproc=${most}:${most}`);
    if (closed) shell('exec <&- >&- 2>&-');
    this.#child = spawn('unshare', [...command, init], {
      env: { PATH: process.env.PATH, DUENDE_RUN: folder, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    started.add(this);
    this.#child.stdout?.setEncoding('latin1').on('data', (text: string) => (this.output += text));
    this.#child.stderr?.setEncoding('latin1').on('data', (text: string) => (this.errors += text));
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        started.delete(this);
        resolve(code ?? signal ?? 'unknown');
      });
    });
  }

  /** PID 1, as this machine sees it. */
  get pid(): number {
    const pid = this.#initPid();
    if (!pid) throw new Error('there is no PID 1');
    return pid;
  }

  #initPid(): number {
    return Number.parseInt(read(`/proc/${this.#child.pid}/task/${this.#child.pid}/children`), 10) || 0;
  }

  page(): StatePage {
    const page = readStatePage(join(this.folder, 'state'));
    if (typeof page === 'string') throw new Error(`the page is ${page}`);
    return page;
  }

  /** How many processes there are besides PID 1, and how many of them wait to be reaped. */
  inside(): { alive: number; zombies: number } {
    const { pid } = this;
    const space = link(`/proc/${pid}/ns/pid`);
    const stats = readdirSync('/proc')
      .filter(
        (entry) => /^\d+$/.test(entry) && Number(entry) !== pid && link(`/proc/${entry}/ns/pid`) === space,
      )
      .map((entry) => read(`/proc/${entry}/stat`));
    const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
    const zombies = children.filter((child) => / Z /.test(read(`/proc/${child}/stat`))).length;
    return { alive: stats.filter((stat) => stat !== '' && !/\) Z /.test(stat)).length, zombies };
  }

  async until<T>(what: string, look: () => T, milliseconds = 10_000): Promise<NonNullable<T>> {
    for (const end = Date.now() + milliseconds; Date.now() < end; await delay(10)) {
      const value = look();
      if (value) return value;
    }
    throw new Error(
      `${what}: not within ${milliseconds} ms; ${this.output.slice(-300)} ${this.errors.slice(-300)}`,
    );
  }

  inState(state: StatePage['state'], runs = 0): Promise<StatePage> {
    return this.until(`state ${state}`, () => {
      const page = this.page();
      return page.state === state && page.restarts >= runs ? page : undefined;
    });
  }

  says(text: string): Promise<boolean> {
    return this.until(`output ${text}`, () => this.output.includes(text));
  }

  ask(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(join(this.folder, 'control'));
      socket.setEncoding('utf8').setTimeout(5000, () => socket.destroy(new Error('no answer')));
      socket.on('connect', () => socket.write(`${command}\n`));
      socket.on('data', (answer: string) => {
        socket.destroy();
        resolve(answer.trim());
      });
      socket.on('error', reject);
    });
  }

  /** PID 1 first: a change of user undoes what `--kill-child` has set up. */
  kill(): void {
    const pid = this.#initPid();
    if (pid) process.kill(pid, 'SIGKILL');
    else this.#child.kill('SIGKILL');
  }
}

export function start(settings: Settings, how?: How): Container {
  return new Container(prepare(settings), how);
}

export async function cleanUp(): Promise<void> {
  for (let round = 0; started.size > 0; round += 1, await delay(10)) {
    for (const container of started) container.kill();
    if (round === 500) throw new Error('a container cannot be killed');
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** The text of all log files, records joined to what the program wrote to a stream. */
export function logOf(folder: string, stream: 'stdout' | 'stderr' = 'stdout'): string {
  const log = join(folder, 'log');
  return (existsSync(log) ? readdirSync(log) : [])
    .sort()
    .flatMap((name) => read(join(log, name)).split('\n'))
    .filter((record) => record.includes(` ${stream} `))
    .map((record) => {
      const [, , flag] = record.split(' ', 3);
      return record.split(' ').slice(3).join(' ') + (flag === 'F' ? '\n' : '');
    })
    .join('');
}
