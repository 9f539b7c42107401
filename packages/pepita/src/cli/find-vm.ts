import { type DaemonHandle, type DaemonStatus, isDaemonName, PlatformError } from '@duende/core/contract';
import type { VmDetails } from '../adapter/inspect.ts';
import type { PepitaAdapter } from '../adapter/pepita-adapter.ts';
import type { CommandContext } from './command.ts';
import { quote, usageError } from './usage.ts';

const prefix = 'duende-vm-';

/** The VM of `--name`, by the name of its daemon or its own. @throws PlatformError StatusFailed / not-found; Config */
export async function findVm({ args, adapter }: CommandContext): Promise<DaemonHandle> {
  const name = args.text('name') ?? '';
  if (!isDaemonName(name)) {
    const rule = 'expected 1 to 63 letters, digits, "_", "." or "-", beginning with a letter or digit';
    throw usageError(`--name: ${rule}, got ${quote(name)}`);
  }
  const found =
    (await adapter.find(name)) ?? (name.startsWith(prefix) ? await findById(adapter, name) : undefined);
  if (found) return found;
  throw new PlatformError('StatusFailed', `There is no VM ${quote(name)}`, {
    reason: 'not-found',
    platform: 'pepita',
    operation: 'find',
    hint: 'List them with: pepita list',
  });
}

const idOf = ({ data }: DaemonHandle): string => (data.kind === 'pepita' ? data.vmId : '');

/** The id of a long name is cut, so that the name cannot be told from it. */
async function findById(adapter: PepitaAdapter, vmId: string): Promise<DaemonHandle | undefined> {
  const found = await adapter.find(vmId.slice(prefix.length));
  if (found && idOf(found) === vmId) return found;
  return (await adapter.list()).find((handle) => idOf(handle) === vmId);
}

/** What status and list print of a VM with --json. */
export type VmDocument = { readonly name: string } & Pick<VmDetails, 'vmId' | 'vsockCid'> &
  DaemonStatus &
  Partial<Omit<VmDetails, 'vmId' | 'vsockCid'>>;

/** Everything that there is to say of a VM. @throws PlatformError StatusFailed */
export async function describeVm(adapter: PepitaAdapter, handle: DaemonHandle): Promise<VmDocument> {
  const status = await adapter.status(handle);
  const { vmId, vsockCid, ...details } = await adapter.inspect(handle);
  return { name: handle.name, vmId, vsockCid, ...status, ...details };
}
