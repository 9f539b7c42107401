import { type DaemonHandle, formatDuration, formatSize, PlatformError } from '@duende/core/contract';
import type { Command, CommandContext } from '../command.ts';
import { ageOf, describeReason } from '../describe.ts';
import { describeVm, type VmDocument } from '../find-vm.ts';
import type { Output } from '../output.ts';
import { formatTable, plain } from '../table.ts';
import { errorLine } from '../usage.ts';

export const command: Command = {
  name: 'list',
  summary: 'List the VMs',
  options: [
    {
      name: 'format',
      value: 'FORMAT',
      kind: 'format',
      help: 'table (without it), json, or name: one name of a VM a line',
    },
  ],
  details: ['Running or not, also those of duende spawn. What could not be read is on stderr, a line each.'],
  examples: ['pepita list', 'pepita list --format name', 'pepita list --format json'],
  async run(context) {
    const { adapter, args, out, json } = context;
    const format = args.text('format') ?? (json ? 'json' : 'table');
    const handles = await adapter.list();
    if (format === 'name') {
      for (const { data } of handles) if (data.kind === 'pepita') out.print(data.vmId);
    } else {
      const described = await Promise.all(handles.map((handle) => describe(context, handle)));
      const vms = described.filter((vm) => vm !== undefined);
      if (format === 'json') out.json(vms);
      else out.print(formatList(vms, out));
    }
    for (const problem of await adapter.problems()) out.note(`pepita: ${errorLine(asText(problem))}`);
    return undefined;
  },
};

/** The adapter's advice, in the commands of this program. */
const asText = (problem: string): PlatformError =>
  new PlatformError('StatusFailed', problem, { reason: 'engine-error' });

async function describe(
  { adapter, out }: CommandContext,
  handle: DaemonHandle,
): Promise<VmDocument | undefined> {
  try {
    return await describeVm(adapter, handle);
  } catch (error) {
    // Removed meanwhile: it is no VM any more. Those that are damaged are told of below.
    const isTold = PlatformError.isInstance(error) && (error.reason === 'not-found' || handle.id === '');
    if (!isTold) out.note(`pepita: ${handle.name}: ${errorLine(error)}`);
    return undefined;
  }
}

const head = ['VM', 'NAME', 'STATE', 'CPUS', 'MEMORY', 'CID', 'RESTARTS', 'UPTIME', 'MESSAGE'];

/** The table, VMs by their names. */
export function formatList(vms: readonly VmDocument[], out: Pick<Output, 'color'>): string {
  return formatTable(
    head,
    vms.map((vm) => {
      const isLive = vm.pid !== undefined && 'startedAt' in vm && vm.startedAt !== undefined;
      const message = [describeReason(vm), vm.message ? plain(vm.message) : ''].filter((text) => text !== '');
      return [
        vm.vmId,
        vm.name,
        colored(vm.state, out),
        String(vm.vcpus ?? '-'),
        vm.memory === undefined ? '-' : formatSize(vm.memory),
        String(vm.vsockCid),
        String(vm.restarts),
        isLive ? formatDuration(ageOf(vm.startedAt as string)) : '-',
        message.join('; '),
      ];
    }),
  );
}

function colored(state: VmDocument['state'], out: Pick<Output, 'color'>): string {
  if (state === 'stopped') return out.color('dim', state);
  return out.color(state === 'running' ? 'green' : state === 'failed' ? 'red' : 'yellow', state);
}
