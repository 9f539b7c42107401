import { readFileSync, statSync } from 'node:fs';
import type { Platform } from './platform.ts';

/** One thing that was looked at, and what it said. */
export interface PlatformEvidence {
  readonly platform: Platform;
  readonly check: string;
  readonly found: boolean;
  readonly detail: string;
}

export interface PlatformExplanation {
  readonly platform: Platform;
  /** In the order in which the platforms were asked; the first `found` decides. */
  readonly evidence: readonly PlatformEvidence[];
}

/** What detection looks at; replaced in tests. */
export interface DetectionSource {
  readonly os: string;
  /** Text of a file, `undefined` when it cannot be read. */
  read(path: string): string | undefined;
  isDirectory(path: string): boolean;
  /** The kernel interface that a WOS process has. */
  readonly wos: unknown;
}

const machine: DetectionSource = {
  os: process.platform,
  read(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  },
  isDirectory: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
  wos: (globalThis as Record<symbol, unknown>)[Symbol.for('duende.wos')],
};

/** The values that container engines give PID 1 in `$container`. systemd-nspawn is not among them: it runs a whole init. */
const engines = ['docker', 'podman', 'oci', 'containerd', 'crio', 'kube', 'lxc', 'duende'];

type Check = (source: DetectionSource) => Omit<PlatformEvidence, 'platform'>;

const checks: readonly [Platform, Check][] = [
  ['wos', checkWos],
  ['pepita', checkPepita],
  ['container', checkContainer],
  ['linux', checkSystemd],
  ['macos', ({ os }) => ({ check: 'operating system', found: os === 'darwin', detail: os })],
  ['native', () => ({ check: 'fallback', found: true, detail: 'plain processes work everywhere' })],
];

/** The WOS kernel puts an interface into each process; a variable or a file cannot imitate it. */
function checkWos({ wos }: DetectionSource): Omit<PlatformEvidence, 'platform'> {
  const found =
    typeof wos === 'object' && wos !== null && typeof (wos as { version?: unknown }).version === 'number';
  return { check: 'WOS kernel interface', found, detail: found ? 'present' : 'not present' };
}

/**
 * The guest agent writes `/run/duende/pepita.json`, and the VM was booted with the same id on the kernel command line.
 * Either alone proves nothing: any VM may have virtio ports, and a file can be copied.
 */
function checkPepita({ read }: DetectionSource): Omit<PlatformEvidence, 'platform'> {
  const check = 'pepita agent and kernel command line';
  const booted = /(?:^|\s)pepita\.vm=(\S+)/.exec(read('/proc/cmdline') ?? '')?.[1];
  const text = read('/run/duende/pepita.json');
  if (text === undefined || booted === undefined) {
    return {
      check,
      found: false,
      detail: booted ? `pepita.vm=${booted} without its agent` : 'no pepita.vm= on the command line',
    };
  }
  try {
    const { vmId } = JSON.parse(text) as { vmId?: unknown };
    return { check, found: vmId === booted, detail: `agent says ${String(vmId)}, kernel says ${booted}` };
  } catch {
    return { check, found: false, detail: '/run/duende/pepita.json is not JSON' };
  }
}

function checkContainer({ os, read }: DetectionSource): Omit<PlatformEvidence, 'platform'> {
  const check = 'container engine marks';
  if (os !== 'linux') return { check, found: false, detail: 'not Linux' };
  // Docker writes /.dockerenv and Podman /run/.containerenv into the root of each container.
  for (const path of ['/.dockerenv', '/run/.containerenv']) {
    if (read(path) !== undefined) return { check, found: true, detail: path };
  }
  const engine = /(?:^|\0)container=([^\0]*)/.exec(read('/proc/1/environ') ?? '')?.[1];
  if (engine !== undefined && engines.includes(engine)) {
    return { check, found: true, detail: `PID 1 has container=${engine}` };
  }
  const root = (read('/proc/1/mountinfo') ?? '').split('\n').find((line) => line.split(' ')[4] === '/') ?? '';
  const overlay = /(io\.containerd\.snapshotter|\/docker\/overlay2\/|\/containers\/storage\/overlay)/.exec(
    root,
  )?.[1];
  if (overlay) return { check, found: true, detail: `root file system is an overlay of ${overlay}` };
  return { check, found: false, detail: 'no /.dockerenv, /run/.containerenv, $container or engine overlay' };
}

/** sd_booted(3): the folder exists only while systemd is the running init. */
function checkSystemd({ os, isDirectory }: DetectionSource): Omit<PlatformEvidence, 'platform'> {
  const found = os === 'linux' && isDirectory('/run/systemd/system');
  return { check: '/run/systemd/system', found, detail: found ? 'systemd is PID 1' : 'systemd is not PID 1' };
}

/** Which platform this process runs on, with everything that was looked at on the way to the answer. */
export function explainPlatform(source: DetectionSource = machine): PlatformExplanation {
  const evidence: PlatformEvidence[] = [];
  for (const [platform, check] of checks) {
    const result = { platform, ...check(source) };
    evidence.push(result);
    if (result.found) return { platform, evidence };
  }
  return { platform: 'native', evidence };
}

/** The platform this process runs on; see `explainPlatform` for why. */
export function detectPlatform(source?: DetectionSource): Platform {
  return explainPlatform(source).platform;
}
