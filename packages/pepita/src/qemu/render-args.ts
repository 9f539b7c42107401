import { agentPort, type VmConfig, type VmNetwork, vmFiles } from './vm-config.ts';

const mebibyte = 1024 ** 2;

/** A comma begins the next option of QEMU, two are one comma. */
const escapeComma = (text: string): string => text.replaceAll(',', ',,');

/** Words that every guest is started with; panic=-1 with -no-reboot ends QEMU at once. */
const baseCommandLine = [
  'console=ttyS0',
  '8250.nr_uarts=1',
  'loglevel=4',
  'panic=-1',
  'pci=off',
  'i8042.noaux',
  'i8042.nokbd',
  'cryptomgr.notests',
  'random.trust_cpu=on',
  // A mount, or a process in another control group, waits for a grace period of RCU: some 30 ms each time, else.
  'rcupdate.rcu_expedited=1',
];

/**
 * An emulated processor does not speculate, and pays dearly for what keeps real ones from it: with page table isolation every system
 * call empties the emulated TLB.
 */
const emulatedCommandLine = ['mitigations=off'];

/**
 * The kernel's command line. Without tsc_early_khz about one of twenty guests under TCG hangs while it measures its clock. That clock has
 * no other one to be compared with: unless it is called reliable, the kernel has no timers but its tick, 250 times a second, also when idle.
 */
export function renderCommandLine({ accel, tscKhz, commandLine }: VmConfig): string {
  const clock = tscKhz === undefined ? [] : [`tsc_early_khz=${tscKhz}`, 'tsc=reliable'];
  const more = commandLine === undefined || commandLine === '' ? [] : [commandLine];
  return [...baseCommandLine, ...(accel === 'tcg' ? emulatedCommandLine : []), ...clock, ...more].join(' ');
}

/**
 * Of guests whose spec says nothing. A processor without ARAT has a timer that may stop while it is idle: with no other one beside it,
 * the kernel would keep its tick, 250 times a second in each idle guest.
 */
const usualCpu = { kvm: 'host', tcg: 'Nehalem-v1,arat=on' } as const;

/** The same name whatever it is made of, so that snapshots fit. */
function memoryArgs({ memory, memoryFile }: VmConfig): string[] {
  const source =
    memoryFile === undefined
      ? { 'qom-type': 'memory-backend-ram' }
      : { 'qom-type': 'memory-backend-file', 'mem-path': memoryFile.path, share: memoryFile.shared };
  const backend = JSON.stringify({ ...source, id: 'memory', size: memory });
  return ['-m', `${memory / mebibyte}M`, '-object', backend, '-machine', 'memory-backend=memory'];
}

function diskArgs(disk: string | undefined): string[] {
  if (disk === undefined) return [];
  const file = { driver: 'file', filename: disk, 'read-only': true, locking: 'off' };
  const node = { driver: 'raw', 'node-name': 'root', 'read-only': true, file };
  return ['-blockdev', JSON.stringify(node), '-device', 'virtio-blk-device,drive=root'];
}

/** User-mode networking (slirp): 10.0.2.0/24, IPv4 only, forwarded ports on 127.0.0.1 only. */
function networkArgs(network: VmNetwork | undefined): string[] {
  if (network === undefined) return [];
  const forwards = network.ports.map(({ protocol, hostPort, guestPort }) => ({
    str: `${protocol}:127.0.0.1:${hostPort}-10.0.2.15:${guestPort}`,
  }));
  const netdev = {
    type: 'user',
    id: 'network',
    ipv6: false,
    restrict: !network.outbound,
    ...(forwards.length > 0 ? { hostfwd: forwards } : {}),
  };
  return ['-netdev', JSON.stringify(netdev), '-device', 'virtio-net-device,netdev=network'];
}

/**
 * Pure: QEMU's arguments for a microvm. Its working directory is the folder of the VM. Its standard output is the guest's console and
 * its standard error has its own messages.
 * @param incoming starts with nothing in it, to be given a snapshot
 */
export function renderQemuArgs(config: VmConfig, { incoming = false } = {}): string[] {
  const { accel, vcpus } = config;
  const cpu = config.cpu === undefined ? usualCpu[accel] : escapeComma(config.cpu);
  return [
    ...['-M', 'microvm,acpi=on', '-accel', accel === 'kvm' ? 'kvm' : 'tcg,thread=multi', '-cpu', cpu],
    ...['-smp', String(vcpus), ...memoryArgs(config)],
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
    // Whatever a guest makes of a fault in QEMU: no new program, no other user, no priorities.
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...['-device', 'pvpanic', '-action', 'panic=exit-failure'],
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...[
      '-chardev',
      `socket,id=qmp,path=${vmFiles.qmp},server=on,wait=off`,
      '-mon',
      'chardev=qmp,mode=control',
    ],
    ...['-chardev', `pipe,id=events,path=${vmFiles.eventsIn.replace(/\.in$/, '')}`],
    ...['-mon', 'chardev=events,mode=control'],
    ...['-object', 'rng-random,id=rng,filename=/dev/urandom', '-device', 'virtio-rng-device,rng=rng'],
    ...['-device', 'virtio-serial-device,id=serial,max_ports=2'],
    ...['-chardev', `socket,id=agent,path=${vmFiles.agent},server=on,wait=off`],
    ...['-device', `virtserialport,bus=serial.0,chardev=agent,name=${agentPort}`],
    ...diskArgs(config.disk),
    ...networkArgs(config.network),
    ...['-kernel', config.kernel, '-initrd', config.initramfs, '-append', renderCommandLine(config)],
    ...(incoming ? ['-incoming', 'defer'] : []),
  ];
}
