import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { folders } from './layout.ts';
import type { Style } from './settings.ts';
import { readViolations, type Violation } from './violations.ts';

const execute = promisify(execFile);
const isSource = import.meta.url.endsWith('.ts');
const main = fileURLToPath(new URL(isSource ? 'main.ts' : 'main.js', import.meta.url));
const client = fileURLToPath(new URL('../bin/launchctl', import.meta.url));

export interface SimulatorOptions {
  /** How it prints, and which codes it answers where versions differ. Default 15. */
  readonly style?: Style;
  /** Whether the user is logged in at the screen: whether there is a gui domain. Default true. */
  readonly gui?: boolean;
  /** The number in `gui/<uid>` and `user/<uid>`. Default: this process's. */
  readonly uid?: number;
  /** The caller's session, which `list` means. Default Aqua, without gui Background. */
  readonly session?: 'Aqua' | 'Background' | 'System';
  /** Whether the caller counts as root. Default: when uid is 0. */
  readonly privileged?: boolean;
  /** Milliseconds that a second of launchd's takes (throttle, exit timeout). Default 1000. */
  readonly second?: number;
  /** Milliseconds that a job stays in the domain after the end of its process in a bootout. Default a tenth of `second`. */
  readonly drain?: number;
  /** An existing folder, for a simulator that goes on where one was stopped. Default: a new one, which `stop` removes. */
  readonly root?: string;
}

export interface Simulator {
  /** For the process that calls launchctl: PATH that begins with it, LAUNCHD_SIM_ROOT, HOME. */
  readonly env: Readonly<Record<string, string>>;
  readonly root: string;
  /** The absolute path of the `launchctl` to run. It needs nothing of `env`. */
  readonly launchctl: string;
  readonly uid: number;
  /** ~/Library/LaunchAgents */
  readonly launchAgents: string;
  /** /Library/LaunchAgents */
  readonly systemAgents: string;
  /** /Library/LaunchDaemons */
  readonly launchDaemons: string;
  readonly home: string;
  /** Of the supervisor process. */
  readonly pid: number;
  violations(): Violation[];
  /** @throws Error that lists them, when there are any. */
  assertNoViolations(): void;
  /** Ends a job as the kernel does for its memory. */
  jetsam(label: string): Promise<void>;
  /** Ends everything, then bootstraps what lies in the folders and is not disabled. */
  reboot(): Promise<void>;
  stop(): Promise<void>;
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.stdout?.once('data', () => resolve());
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`launchd-sim ended with ${code} before it was ready: ${errors}`)),
    );
  });
}

/** Starts a launchd of one's own. It ends with this process at the latest. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  if (!existsSync('/usr/bin/perl'))
    throw new Error('The launchd simulator needs /usr/bin/perl (Debian, Ubuntu: perl-base)');
  const root = options.root ?? mkdtempSync(join(tmpdir(), 'launchd-sim-'));
  // Jobs of other users reach what is below it, as they do on a machine.
  if (options.root === undefined) chmodSync(root, 0o755);
  const at = folders(root);
  const uid = options.uid ?? process.getuid?.() ?? 501;
  mkdirSync(at.bin, { recursive: true });
  cpSync(client, join(at.bin, 'launchctl'));
  const setting = (name: string, value: string | number | boolean | undefined): Record<string, string> =>
    value === undefined
      ? {}
      : { [`LAUNCHD_SIM_${name}`]: typeof value === 'boolean' ? (value ? '1' : '0') : `${value}` };
  const child = spawn(process.execPath, [main], {
    env: {
      ...setting('ROOT', root),
      ...setting('UID', uid),
      ...setting('STYLE', options.style),
      ...setting('GUI', options.gui),
      ...setting('SESSION', options.session),
      ...setting('PRIVILEGED', options.privileged),
      ...setting('SECOND', options.second ?? process.env.LAUNCHD_SIM_SECOND),
      ...setting('DRAIN', options.drain),
      ...setting('LIFELINE', true),
      ...setting('REMOVE', options.root === undefined),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  await ready(child);
  child.unref();
  const launchctl = join(at.bin, 'launchctl');
  const violations = (): Violation[] => readViolations(join(at.state, 'violations.jsonl'));
  const ask = (...given: string[]): Promise<unknown> => execute(launchctl, ['--sim', ...given]);
  return {
    env: { PATH: `${at.bin}${delimiter}${process.env.PATH ?? ''}`, LAUNCHD_SIM_ROOT: root, HOME: at.home },
    root,
    launchctl,
    uid,
    launchAgents: at.userAgents,
    systemAgents: at.agents,
    launchDaemons: at.daemons,
    home: at.home,
    pid: child.pid as number,
    violations,
    assertNoViolations: () => {
      const lines = violations().map(
        ({ rule, detail, arguments: given }) => `${rule}: ${detail} (launchctl ${given.join(' ')})`,
      );
      if (lines.length > 0)
        throw new Error(`What a correct caller of launchctl never does:\n${lines.join('\n')}`);
    },
    jetsam: async (label) => void (await ask('jetsam', label)),
    reboot: async () => void (await ask('reboot')),
    stop: async () => {
      child.ref();
      const gone = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.signalCode === null) {
        await ask('stop').catch(() => child.kill('SIGKILL'));
        await gone;
      }
      if (options.root === undefined) rmSync(root, { recursive: true, force: true });
    },
  };
}
