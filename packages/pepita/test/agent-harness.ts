/** Guests without a machine: the agent in a PID namespace of its own, its channel a unix socket; and bridges, with the folder they keep. */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { encodeFrames, type Frame, readStatePage, type StatePage, statePageSize } from '@duende/program';

const prebuilt = (folder: string): string =>
  fileURLToPath(new URL(`../../${folder}/prebuilt/linux-${arch()}`, import.meta.url));
export const agent = join(prebuilt('pepita'), 'duende-agent');
export const bridge = join(prebuilt('pepita'), 'duende-bridge');
export const probe = join(prebuilt('conformance'), 'probe');
export const id = randomUUID();

export const tags = {
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
  setting: 100,
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

export function config({ program = probe, args = [], numbers = {}, frames = [] }: Settings): Buffer {
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
  return encodeFrames(all, tags);
}

export function createdPage(): Buffer {
  const page = Buffer.alloc(statePageSize);
  page.write('DUENDEn1');
  page.write(id, 120);
  page.write('tested', 200);
  return page;
}

const folders: string[] = [];
const processes = new Set<ChildProcess>();

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'duende-agent-test-'));
  folders.push(folder);
  return folder;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | string>;
  errors(): string;
}

export function start(command: string, args: readonly string[], cwd = '/'): Running {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  processes.add(child);
  let errors = '';
  child.stdout?.setEncoding('latin1').on('data', (text: string) => (errors += text));
  child.stderr?.setEncoding('latin1').on('data', (text: string) => (errors += text));
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => {
      processes.delete(child);
      resolve(code ?? signal ?? 'unknown');
    });
  });
  return { child, ended, errors: () => errors };
}

const isolation = ['--pid', '--mount', '--fork', '--mount-proc', '--kill-child'];
export const isRoot = process.getuid?.() === 0;

/** The agent as PID 1 of a namespace, listening on a socket as QEMU's port does. */
export function startAgent(
  folder: string,
  settings: readonly string[] = [],
  socket: string = join(folder, 'port'),
): Running & { socket: string } {
  const running = start('unshare', [
    ...isolation,
    ...(isRoot ? [] : ['-Ur']),
    agent,
    '--listen',
    socket,
    '--run',
    join(folder, 'guest'),
    ...settings.flatMap((setting) => ['--set', setting]),
  ]);
  return { ...running, socket };
}

/** The folder on the host, and the bridge that keeps it, which may be killed and started again. */
export class Host {
  readonly folder: string;
  readonly #socket: string;
  readonly #arguments: readonly string[];
  bridge: Running;

  constructor(parent: string, socket: string, settings?: Settings, args: readonly string[] = []) {
    this.folder = mkdtempSync(join(parent, 'run-'));
    this.#socket = socket;
    this.#arguments = args;
    if (settings) {
      writeFileSync(join(this.folder, 'state'), Buffer.concat([createdPage(), Buffer.from('{"spec":1}')]));
      writeFileSync(join(this.folder, 'config'), config(settings));
    }
    this.bridge = this.start();
  }

  /** @param before what is executed first, with the bridge's command line behind it */
  start(before: readonly string[] = []): Running {
    const [command = '', ...args] = [...before, bridge, '--connect', this.#socket, '--run', this.folder];
    this.bridge = start(command, [...args, ...this.#arguments]);
    return this.bridge;
  }

  async kill(): Promise<void> {
    this.bridge.child.kill('SIGKILL');
    await this.bridge.ended;
  }

  page(): StatePage {
    const page = readStatePage(join(this.folder, 'state'));
    if (typeof page === 'string') throw new Error(`the page is ${page}`);
    return page;
  }

  async until<T>(what: string, look: () => T, milliseconds = 20_000): Promise<NonNullable<T>> {
    for (const end = Date.now() + milliseconds; Date.now() < end; await delay(10)) {
      const value = look();
      if (value) return value;
    }
    throw new Error(`${what}: not within ${milliseconds} ms; ${this.bridge.errors().slice(-500)}`);
  }

  inState(state: StatePage['state'], runs = 0): Promise<StatePage> {
    return this.until(`state ${state}`, () => {
      const page = this.page();
      return page.state === state && page.restarts >= runs ? page : undefined;
    });
  }

  says(text: string): Promise<boolean> {
    return this.until(`output ${text}`, () => logOf(this.folder).includes(text));
  }

  ask(command: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = createConnection(join(this.folder, 'control'));
      let text = '';
      socket.setEncoding('utf8').setTimeout(10_000, () => socket.destroy(new Error('no answer')));
      socket.on('connect', () => socket.write(`${command}\n`));
      socket.on('data', (answer: string) => (text += answer));
      socket.on('data', () => text.includes('\n') && socket.destroy());
      socket.on('error', (error) => (text ||= /ECONNRESET/.test(error.message) ? '' : error.message));
      socket.on('close', () => resolve(text.trim() || 'gone'));
    });
  }
}

export async function cleanUp(): Promise<void> {
  for (let round = 0; processes.size > 0; round += 1, await delay(10)) {
    for (const child of processes) child.kill('SIGKILL');
    if (round === 500) throw new Error('a process cannot be killed');
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
