import {
  type DaemonExit,
  type DaemonStatus,
  type FailureReason,
  formatDuration,
  formatSize,
} from '@duende/core/contract';
import { vmmTitles } from '../vmm-rest/vmm-kind.ts';
import type { VmDocument } from './find-vm.ts';
import { formatFields, plain } from './table.ts';

const reasons: Readonly<Record<FailureReason, string>> = {
  'exit-code': 'ended with an error',
  signal: 'ended by a signal',
  oom: 'used more memory than it may',
  'start-timeout': 'was not ready in time',
  watchdog: 'failed its health check',
  'restart-limit': 'was restarted too often',
  spawn: 'could not be started',
  lost: 'nobody saw how it ended',
};

const describeExit = (exit: DaemonExit): string =>
  'code' in exit ? `exit code ${exit.code}` : `${exit.signal}${exit.coreDumped ? ', core dumped' : ''}`;

/** Pure: why it is in its state, in a few words; empty when there is nothing to say. */
export function describeReason(status: DaemonStatus): string {
  const exit = 'exit' in status && status.exit ? describeExit(status.exit) : '';
  if (status.state !== 'failed') return exit;
  return exit ? `${reasons[status.reason]} (${exit})` : reasons[status.reason];
}

/** Pure: milliseconds since an ISO time; never negative, since clocks are set back. */
export const ageOf = (time: string, now = Date.now()): number => Math.max(0, now - Date.parse(time));

/** Pure: ports as `8080->80/tcp`, whether it may connect to others. */
export function describeNetwork(network: VmDocument['network']): string {
  if (network === undefined) return 'none';
  const ports = network.ports.map(
    ({ hostPort, guestPort, protocol }) => `127.0.0.1:${hostPort}->${guestPort}/${protocol}`,
  );
  return [network.outbound ? 'user' : 'incoming only', ...ports].join(', ');
}

/** Pure but for the age of times: `Title: value` lines. */
export function formatStatus(vm: VmDocument): string {
  const reason = describeReason(vm);
  const time = (text: string | undefined) =>
    text === undefined ? undefined : `${text} (${formatDuration(ageOf(text))} ago)`;
  const { vmm, guest, memory, vcpus } = vm;
  const size = (bytes: number | undefined) => (bytes === undefined ? '?' : formatSize(bytes));
  return formatFields([
    ['Name', vm.name],
    ['VM', `${vm.vmId} (CID ${vm.vsockCid})`],
    ['State', reason ? `${vm.state}: ${reason}` : vm.state],
    ['PID in the guest', vm.pid === undefined ? undefined : String(vm.pid)],
    ['Started', time('startedAt' in vm ? vm.startedAt : undefined)],
    ['Finished', time('finishedAt' in vm ? vm.finishedAt : undefined)],
    ['Restarts', String(vm.restarts)],
    ['Health', vm.health],
    ['Last exit', vm.lastExit ? describeExit(vm.lastExit) : undefined],
    ['Message', vm.message ? plain(vm.message) : undefined],
    ['Hardware', memory === undefined ? undefined : `${vcpus} CPU, ${formatSize(memory)}`],
    ['Network', describeNetwork(vm.network)],
    [
      'Process',
      vmm
        ? `${vmmTitles[vmm.kind]}, PID ${vmm.pid}, ${size(vmm.rssBytes)} resident, ${size(vmm.pssBytes)} of its own share`
        : undefined,
    ],
    ['Guest', guest?.kernel === undefined ? undefined : plain(guest.kernel)],
  ]);
}
