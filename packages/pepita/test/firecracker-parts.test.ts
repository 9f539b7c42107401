import { expect, test } from 'vitest';
import { endOfFirecracker } from '../src/firecracker/firecracker-end.ts';
import { firecrackerEngine } from '../src/firecracker/firecracker-vmm.ts';
import { bootRequests } from '../src/firecracker/requests.ts';
import { parseVersion } from '../src/vmm-rest/find-program.ts';
import { refusalText } from '../src/vmm-rest/refusal-text.ts';
import { mebibyte } from './stand-ins/harness.ts';

test('a machine of Firecracker is made by these requests, in this order', () => {
  const requests = bootRequests({
    accel: 'kvm',
    vcpus: 2,
    memory: 128 * mebibyte,
    kernel: '/k',
    initramfs: '/i',
    disk: '/cache/image',
    commandLine: 'pepita.vm=x',
    tscKhz: 5,
  });
  expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'PUT machine-config',
    'PUT boot-source',
    'PUT drives/root',
    'PUT vsock',
    'PUT entropy',
    'PUT actions',
  ]);
  expect(requests.map(({ body }) => body)).toEqual([
    { vcpu_count: 2, mem_size_mib: 128, smt: false },
    {
      kernel_image_path: '/k',
      initrd_path: '/i',
      boot_args:
        'console=ttyS0 8250.nr_uarts=1 loglevel=4 panic=-1 i8042.noaux i8042.nokbd cryptomgr.notests random.trust_cpu=on rcupdate.rcu_expedited=1 pci=off reboot=k tsc_early_khz=5 tsc=reliable duende.vsock=25717 duende.after=reboot pepita.vm=x',
    },
    { drive_id: 'root', is_root_device: false, is_read_only: true, path_on_host: 'disk' },
    { guest_cid: 3, uds_path: 'agent' },
    {},
    { action_type: 'InstanceStart' },
  ]);
  expect(firecrackerEngine.args('my_vm.1')).toEqual([
    '--api-sock',
    'api',
    '--id',
    'my-vm-1',
    '--level',
    'Warning',
  ]);
});

test.each<[string, Parameters<typeof endOfFirecracker>]>([
  ['poweroff', [{ code: 0 }, '']],
  ['panic', [{ code: 0 }, 'x\n[ 1.2] Kernel panic - not syncing: no init']],
  ['crash', [{ code: 1 }, 'Kernel panic - not syncing']],
  ['crash', [{ code: 148 }, '']],
  ['crash', [{ signal: 'SIGSEGV' }, '']],
  ['killed', [{ signal: 'SIGKILL' }, '']],
  ['crash', [undefined, '']],
])('the end of a VM of Firecracker: %s, %o', (end, parts) => {
  expect(endOfFirecracker(...parts)).toBe(end);
});

test.each([
  ['{"fault_message": "Boot source error: no\\n file"}', 'Boot source error: no file'],
  [
    '["The VM could not boot","Kernel file","No such file"]',
    'The VM could not boot: Kernel file: No such file',
  ],
  ['["It failed: no such file","no such file"]', 'It failed: no such file'],
  ['plain\ntext', 'plain text'],
  ['', ''],
])('what a VMM says of a request that it refuses: %s', (text, line) => {
  expect(refusalText(text)).toBe(line);
});

test('versions', () => {
  expect(parseVersion('Firecracker v1.10.1')).toEqual([1, 10]);
  expect(parseVersion('Firecracker v1.17.0-dev')).toEqual([1, 17]);
  expect(parseVersion('cloud-hypervisor v45.0.0')).toEqual([45, 0]);
  expect(parseVersion('QEMU emulator')).toBeUndefined();
});
