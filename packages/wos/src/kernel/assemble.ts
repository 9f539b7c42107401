import { constants, existsSync, openSync } from 'node:fs';
import { DescriptorTable } from '../wasi/descriptor.ts';
import { HostDirectory } from '../wasi/directory.ts';
import { Listener } from '../wasi/listener.ts';
import { resolvePath } from '../wasi/resolve.ts';
import { directoryRights, fileRights } from '../wasi/rights.ts';
import { type Address, parseAddress } from './grants.ts';
import { Mailbox } from './mailbox.ts';
import { Outputs } from './outputs.ts';
import { Process } from './process.ts';
import type { ProcessHost } from './process-parts.ts';
import type { FromThread, Preopen, ProcessPlan } from './protocol.ts';
import type { SharedResources } from './shared-resources.ts';
import type { SharedTable } from './shared-table.ts';
import { InputStream, NullStream } from './streams.ts';

const encoder = new TextEncoder();
const withNul = (texts: readonly string[]) => texts.map((text) => encoder.encode(`${text}\0`));

/** @throws Error that names the directory and what is wrong with it */
function openPreopen({ guest, host, write, descriptor }: Preopen, place?: string): HostDirectory {
  const path = place ?? (descriptor === undefined ? host : `/proc/self/fd/${descriptor}`);
  // A name within another directory: a link that is put there meanwhile leads nowhere.
  const follow = place === undefined ? 0 : constants.O_NOFOLLOW;
  const rights = write ? directoryRights.all : directoryRights.read;
  const inheriting = rights | (write ? fileRights.all : fileRights.read);
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | follow);
    return new HostDirectory(fd, rights, inheriting, guest);
  } catch (error) {
    throw new Error(`The directory ${host} cannot be opened: ${(error as Error).message}`, { cause: error });
  }
}

/** The working directory as one more that is given, called `.`: relative paths begin there. */
function openWorkingDirectory(
  cwd: string,
  preopens: readonly { plan: Preopen; host: number }[],
): HostDirectory {
  const within = preopens
    .filter(({ plan }) => cwd === plan.guest || cwd.startsWith(plan.guest.replace(/\/?$/, '/')))
    .sort((one, other) => other.plan.guest.length - one.plan.guest.length)[0];
  if (within === undefined)
    throw new Error(`The working directory ${cwd} is in none of the directories that the process is given`);
  const rest = cwd.slice(within.plan.guest.length).replace(/^\/+/, '');
  const place = resolvePath(within.host, rest === '' ? '.' : rest, true);
  try {
    return openPreopen({ ...within.plan, guest: '.', host: cwd }, place.path);
  } finally {
    place.close();
  }
}

/** @throws Error that names the address */
async function openListener(text: string): Promise<Listener> {
  const address = parseAddress(text) as Address;
  try {
    return await Listener.open(address.host, address.port);
  } catch (error) {
    throw new Error(`It cannot listen on ${text}: ${(error as Error).message}`, { cause: error });
  }
}

/** Directories first: wasi-libc looks for them from 3 on until there is something else. @returns the numbers of listeners */
async function openDescriptors(plan: ProcessPlan, table: DescriptorTable): Promise<number[]> {
  if (plan.preopens.length > 0 && !existsSync('/proc/self/fd')) {
    throw new Error(
      'Directories cannot be given here: keeping a process within them needs /proc/self/fd of Linux',
    );
  }
  const opened: { plan: Preopen; host: number }[] = [];
  for (const preopen of plan.preopens) {
    const directory = openPreopen(preopen);
    table.add(directory);
    opened.push({ plan: preopen, host: directory.host });
  }
  if (plan.cwd !== undefined) table.add(openWorkingDirectory(plan.cwd, opened));
  const listeners: number[] = [];
  for (const address of plan.net.open) listeners.push(table.add(await openListener(address)));
  return listeners;
}

function environment(plan: ProcessPlan, listeners: readonly number[]): string[] {
  const own = plan.cwd === undefined ? [] : [`PWD=${plan.cwd}`];
  if (listeners.length > 0) own.push(`WOS_LISTEN_FDS=${listeners.join(',')}`);
  const names = new Set(own.map((entry) => entry.slice(0, entry.indexOf('='))));
  return [...own, ...plan.env.filter((entry) => !names.has(entry.slice(0, entry.indexOf('='))))];
}

/** Makes everything of a process but its instance. @throws Error that says why it cannot be made; nothing stays open */
export async function assemble(
  plan: ProcessPlan,
  host: ProcessHost,
  table: SharedTable,
  shared: SharedResources,
  post: (message: FromThread) => void,
): Promise<{ process: Process; outputs: Outputs; input: InputStream | undefined }> {
  const { pid, root, cpuQuota } = plan;
  const outputs = new Outputs(plan, shared, (stream, bytes) => post({ type: 'output', pid, stream, bytes }));
  const input =
    plan.stdin === 'host' ? new InputStream((bytes) => post({ type: 'consumed', pid, bytes })) : undefined;
  const descriptors = new DescriptorTable(plan.openFiles);
  let listeners: number[];
  try {
    descriptors.add(input ?? new NullStream());
    descriptors.add(outputs.stdout);
    descriptors.add(outputs.stderr);
    listeners = await openDescriptors(plan, descriptors);
  } catch (error) {
    descriptors.closeAll();
    outputs.close();
    throw error;
  }
  const process = new Process(
    {
      pid,
      priority: plan.priority,
      args: withNul(plan.args),
      env: withNul(environment(plan, listeners)),
      descriptors,
      mailbox: new Mailbox(table, pid),
      quota: cpuQuota === undefined ? undefined : shared.takeQuota(root, cpuQuota),
      cpuTime: plan.cpuTime,
      net: plan.net,
      maySpawn: plan.spawn,
    },
    host,
  );
  process.tracing = plan.traced;
  return { process, outputs, input };
}
