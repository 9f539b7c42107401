/** A guest without a machine: the real agent as PID 1 of a PID namespace, which dies with us. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

/** Relative to the folder of the VM, which is our working directory: the path of a socket may not be long. */
const folder = '.guest';
const socketName = 'agent';
export const guestSocket = `${folder}/${socketName}`;

/** How a guest ended: its agent has ended the machine, or was killed, which is a panic of the kernel. */
export type GuestEnd = 'off' | 'panic';

/** The settings of the agent on a kernel's command line, `duende.name=value`. */
export function agentSettings(commandLine: string): Readonly<Record<string, string>> {
  const found = commandLine.matchAll(/(?:^|\s)duende\.([a-z_]+)=(\S*)/g);
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, value]));
}

/** Processes by their parents. */
export function childrenOf(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'latin1');
      const parent = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It has ended meanwhile.
    }
  }
  return children;
}

/** The processes of the guest of a VMM, the agent first. */
export function guestOf(vmm: number): number[] {
  const children = childrenOf();
  const [unshare = 0] = children.get(vmm) ?? [];
  const below = (pid: number): number[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(unshare);
}

export class Guest {
  readonly #child: ChildProcess;

  /** @param ended is called once */
  constructor(commandLine: string, ended: (end: GuestEnd) => void) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { mode: 0o700 });
    const { after, linger, vsock } = agentSettings(commandLine);
    const settings = Object.entries({ after, linger, vsock }).flatMap(([name, value]) =>
      value === undefined ? [] : ['--set', `${name}=${value}`],
    );
    const isolation = ['--pid', '--mount', '--fork', '--mount-proc', '--kill-child'];
    const namespace = ['unshare', ...isolation, ...(process.getuid?.() === 0 ? [] : ['-Ur'])];
    const agent = [
      process.env.STAND_IN_AGENT ?? '',
      '--listen',
      socketName,
      '--run',
      resolve(folder, 'run'),
      ...settings,
    ];
    // unshare dies with us, and what it has started with it.
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', ...namespace, ...agent], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin' },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.#child.once('exit', (code) => ended(code === 0 ? 'off' : 'panic'));
  }

  /** Stops or continues all of its processes. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    const children = childrenOf();
    const visit = (pid: number): void => {
      for (const child of children.get(pid) ?? []) {
        try {
          process.kill(child, name);
        } catch {
          // It has ended meanwhile.
        }
        visit(child);
      }
    };
    if (this.#child.pid !== undefined) visit(this.#child.pid);
  }
}
