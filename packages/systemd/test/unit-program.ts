/** What the tests of duende-unit share: the file `unit`, and a played manager (unit-program.pl). */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

export const program = fileURLToPath(new URL(`../prebuilt/linux-${arch()}/duende-unit`, import.meta.url));
const manager = fileURLToPath(new URL('unit-program.pl', import.meta.url));

export const root = process.getuid?.() === 0;
/** Root plays in a mount namespace of its own; else a journal that is there would take the output. */
export const canPlay = root || !existsSync('/run/systemd/journal/stdout');

const settings = {
  restartDelay: [256, 100],
  restartFactorMilli: [264, 2000],
  restartMaxDelay: [272, 10_000],
  restartWindow: [280, 60_000],
  restartAlways: [288, 0],
  readinessNotify: [296, 0],
  keepNotifySocket: [304, 0],
  healthType: [312, 0],
  healthInterval: [320, 50],
  healthTimeout: [328, 100],
  healthRetries: [336, 2],
  healthStartPeriod: [344, 0],
  healthPort: [352, 0],
} as const;
export type Settings = Partial<Record<keyof typeof settings, number>>;
export type Frame = readonly [tag: number, value: string | Buffer];

export const tag = {
  program: 5,
  argument: 6,
  variable: 7,
  healthArgument: 13,
  healthHost: 14,
  healthRequest: 15,
  identifier: 20,
};

/** Makes a file; `change` may write to the page first. */
export function unitFile(set: Settings, frames: readonly Frame[], change?: (page: Buffer) => void): string {
  const page = Buffer.alloc(4096);
  page.write('DUENDEs1');
  for (const [name, [offset, usual]] of Object.entries(settings))
    page.writeBigInt64LE(BigInt(set[name as keyof Settings] ?? usual), offset);
  change?.(page);
  const parts = frames.flatMap(([tag, value]) => {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(tag, 0);
    head.writeUInt32LE(Buffer.byteLength(value), 4);
    return [head, Buffer.from(value), Buffer.from([0])];
  });
  const total = Buffer.alloc(4);
  total.writeUInt32LE(parts.reduce((sum, part) => sum + part.length, 0));
  const file = `${mkdtempSync(`${tmpdir()}/duende-unit-`)}/unit`;
  writeFileSync(file, Buffer.concat([page, total, ...parts]));
  return file;
}

/** `sh -c` with the given text. */
export const shell = (text: string): Frame[] => [
  [tag.program, '/bin/sh'],
  [tag.argument, 'sh'],
  [tag.argument, '-c'],
  [tag.argument, text],
];

/** The same, with its output on stderr. */
export const say = (text: string) => shell(`exec >&2; ${text}`);

const text = (page: Buffer, at: number, length: number) =>
  page.toString('latin1', at, at + length).replace(/\0.*$/s, '');
const slot = (page: Buffer, at: number) => ({
  kind: page.readUInt32LE(at),
  executed: page.readUInt32LE(at + 4),
  time: Number(page.readBigInt64LE(at + 8)),
  result: text(page, at + 16, 32),
  invocation: text(page, at + 48, 40),
  status: text(page, at + 88, 24),
  execErrno: page.readInt32LE(at + 120),
});

export function readUnit(file: string) {
  const page = readFileSync(file).subarray(0, 4096);
  return {
    runsEnded: page.readUInt32LE(516),
    attempt: page.readUInt32LE(520),
    notBefore: Number(page.readBigInt64LE(528)),
    runBegin: Number(page.readBigInt64LE(536)),
    health: page.readUInt32LE(544),
    execErrno: page.readInt32LE(548),
    execStage: text(page, 552, 24),
    notBeforeWall: Number(page.readBigInt64LE(576)),
    last: slot(page, 640),
    before: slot(page, 896),
  };
}

/** CLOCK_MONOTONIC in milliseconds, as the page has it. */
export const monotonic = () => Number(process.hrtime.bigint() / 1_000_000n);

export interface Event {
  readonly ms: number;
  readonly what: string;
  readonly text: string;
}
export interface RunOptions {
  readonly journal?: boolean;
  readonly listen?: boolean;
  readonly environment?: Record<string, string>;
  /** How long nothing may happen after the end before the manager stops listening. */
  readonly quiet?: number;
  readonly seen?: (event: Event, pid: number) => void;
}

/** One run of the program under the played manager: everything that happened, in order. */
export async function play(file: string, command: string, options: RunOptions = {}): Promise<Event[]> {
  const argv = [
    'perl',
    manager,
    file,
    options.journal ? '1' : '0',
    options.listen ? '1' : '0',
    `${options.quiet ?? 100}`,
  ];
  if (root) argv.unshift('unshare', '--mount', '--propagation', 'private');
  const child = spawn('env', ['--', ...argv, program, command], {
    env: { PATH: process.env.PATH, ...options.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const events: Event[] = [];
  let partial = '';
  let pid = 0;
  for await (const chunk of child.stdout) {
    const lines = (partial + chunk).split('\n');
    partial = lines.pop() as string;
    for (const line of lines) {
      const [ms, what, ...more] = line.split(' ') as [string, string, ...string[]];
      const value = more.at(-1) as string;
      if (what === 'pid') pid = Number(value);
      const name = what === 'journal' ? `journal ${more[0]}` : what;
      const plain = what === 'pid' || what === 'exit';
      const event = {
        ms: Number(ms),
        what: name,
        text: plain ? value : Buffer.from(value, 'hex').toString('latin1'),
      };
      events.push(event);
      options.seen?.(event, pid);
    }
  }
  return events;
}

export const of = (events: readonly Event[], what: string) =>
  events.filter((event) => event.what === what).map((event) => event.text);
/** All that a stream was given. */
export const joined = (events: readonly Event[], what: string) => of(events, what).join('');
