import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach } from 'vitest';
import { type Simulator, type SimulatorOptions, startSimulator } from '../src/index.ts';

const started: Simulator[] = [];
afterEach(async () => {
  for (const simulator of started.splice(0)) await simulator.stop();
});

export interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Machine extends Simulator {
  /** Runs launchctl with an empty environment. */
  ctl(...given: string[]): Promise<Result>;
  sudo(...given: string[]): Promise<Result>;
  /** The same without a process: quicker than any launchctl. */
  ask(...given: string[]): Promise<string>;
  /** Waits until the script of a job has come so far: it runs `ready`, which `shell` gives it. */
  ready(): Promise<void>;
  /** Writes a plist into the folder of agents, or to a path; the label is `web` or the one in `keys`. Returns its path. */
  plist(keys: string, path?: string, mode?: number): string;
  /** The value of a one-tab line of `print gui/501/<label>`. */
  key(name: string, label?: string): Promise<string | undefined>;
}

export const document = (keys: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>${keys}</dict></plist>
`;

export const text = (name: string, value: string): string => `<key>${name}</key><string>${value}</string>`;
export const number = (name: string, value: number): string =>
  `<key>${name}</key><integer>${value}</integer>`;
export const yes = (name: string): string => `<key>${name}</key><true/>`;
export const dict = (name: string, keys: string): string => `<key>${name}</key><dict>${keys}</dict>`;
/** A program of a shell script, in which `ready` is a command. Escape what XML needs. */
export const shell = (script: string, label = 'web'): string =>
  `${text('Label', label)}<key>ProgramArguments</key><array><string>/bin/sh</string><string>-c</string><string>${script.replace('ready;', ': &gt; "$TMPDIR/ready";')}</string></array>`;

function run(file: string, given: readonly string[], env: Record<string, string>): Promise<Result> {
  return new Promise((resolve) => {
    const child = spawn(file, given, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      err += chunk;
    });
    child.once('close', (code) => resolve({ code, out, err }));
  });
}

function ask(path: string, given: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(path, () => socket.end(['0', '/', '0', '0', ...given].join('\0')));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.once('close', () => resolve(answer)).once('error', reject);
  });
}

/** A simulator whose second takes 100 ms, of user 501, logged in at the screen. */
export async function machine(options: SimulatorOptions = {}): Promise<Machine> {
  const simulator = await startSimulator({ uid: 501, second: 100, drain: 50, ...options });
  started.push(simulator);
  const ctl = (...given: string[]): Promise<Result> => run(simulator.launchctl, given, {});
  return {
    ...simulator,
    ctl,
    ask: (...given) => ask(join(simulator.root, 'socket'), given),
    ready: async () => void (await until(() => existsSync(join(simulator.root, 'tmp/ready')))),
    sudo: (...given) => run(simulator.launchctl, given, { LAUNCHD_SIM_SUDO: '1' }),
    plist(keys, path = join(simulator.launchAgents, 'web.plist'), mode = 0o644) {
      writeFileSync(path, document(keys), { mode });
      return path;
    },
    async key(name, label = 'web') {
      const { out } = await ctl('print', `gui/501/${label}`);
      return out
        .split('\n')
        .find((line) => line.startsWith(`\t${name} = `))
        ?.slice(name.length + 4);
    },
  };
}

/** Waits until `look` gives something that is not undefined or false. */
export async function until<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
  milliseconds = 8000,
): Promise<T> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await delay(15)) {
    const value = await look();
    if (value) return value as T;
  }
  throw new Error(`not within ${milliseconds} ms: ${look}`);
}

/** Not dead, and no zombie that nobody reaps. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat[stat.lastIndexOf(')') + 2] !== 'Z';
  } catch {
    return false;
  }
}
