import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { firecrackerEngine } from '../src/firecracker/firecracker-vmm.ts';
import { bootRequests, type FirecrackerRequest } from '../src/firecracker/requests.ts';
import type { RestClient } from '../src/vmm-rest/rest-client.ts';
import { testFolder } from './helpers.ts';
import { cleanUpStandIns, StandInProcess } from './stand-ins/start-stand-in.ts';
import { wrongDrivers } from './stand-ins/wrong-drivers.ts';

/** The stand-in refuses what Firecracker refuses: a driver that does it wrong does not pass. */
const folder = testFolder();
cleanUpStandIns();

const args = ['--api-sock', 'api', '--id', 'vm'];
const machine = { vcpu_count: 1, mem_size_mib: 8 };
const boot = { kernel_image_path: 'kernel', boot_args: 'reboot=k duende.vsock=25717' };
const drive = { drive_id: 'root', is_root_device: false, is_read_only: true, path_on_host: 'disk' };
const vsock = { guest_cid: 3, uds_path: 'agent' };
const start = { action_type: 'InstanceStart' };
const save = { snapshot_path: 'state', mem_file_path: 'memory' };
const load = { snapshot_path: 'state', mem_backend: { backend_type: 'File', backend_path: 'memory' } };

type Case = [why: string, method: string, path: string, body: unknown];

async function expectRefusals(process: StandInProcess, cases: readonly Case[]): Promise<void> {
  const replies: Record<string, unknown> = {};
  for (const [why, method, path, body] of cases) {
    const reply = await process.ask(method, path, body);
    expect(reply.status, `${method} ${path} ${JSON.stringify(body)}: ${reply.body}`).toBe(400);
    replies[why] = JSON.parse(reply.body).fault_message;
  }
  for (const [why] of cases) expect(replies[why]).toContain(why);
}

describe('a Firecracker that is not started', () => {
  let process: StandInProcess;
  beforeAll(() => {
    process = new StandInProcess(folder, 'firecracker', args);
  });

  test('refuses what is no request, or has fields that there are not', () =>
    expectRefusals(process, [
      ['unknown field `mem_size`', 'PUT', '/machine-config', { ...machine, mem_size: 8 }],
      ['vcpu_count: Invalid input', 'PUT', '/machine-config', { mem_size_mib: 8 }],
      ['mem_size_mib: Invalid input', 'PUT', '/machine-config', { ...machine, mem_size_mib: '8' }],
      ['The vCPU count', 'PUT', '/machine-config', { ...machine, vcpu_count: 33 }],
      ['The memory size', 'PUT', '/machine-config', { ...machine, mem_size_mib: 0 }],
      ['deserializing the json body', 'PUT', '/machine-config', '{'],
      ['Empty PUT request', 'PUT', '/machine-config', undefined],
      ['unknown field `initramfs`', 'PUT', '/boot-source', { ...boot, initramfs: 'i' }],
      ['The kernel file cannot be opened', 'PUT', '/boot-source', { ...boot, kernel_image_path: 'none' }],
      ['The initrd file cannot be opened', 'PUT', '/boot-source', { ...boot, initrd_path: 'none' }],
      ['command line is invalid', 'PUT', '/boot-source', { ...boot, boot_args: 'a'.repeat(2048) }],
      ['does not match the id', 'PUT', '/drives/other', drive],
      ['alphanumeric', 'PUT', '/drives/the-root', { ...drive, drive_id: 'the-root' }],
      ['virtio block device', 'PUT', '/drives/root', { ...drive, path_on_host: 'none' }],
      ['guest_cid: Too small', 'PUT', '/vsock', { ...vsock, guest_cid: 2 }],
      ['SUN_LEN', 'PUT', '/vsock', { ...vsock, uds_path: 'a'.repeat(108) }],
      ['unknown field `rate`', 'PUT', '/entropy', { rate: 1 }],
      ['action_type: Invalid option', 'PUT', '/actions', { action_type: 'Start' }],
      ['Invalid request method and/or path: PUT network', 'PUT', '/network', {}],
      ['Invalid request method and/or path: GET vm', 'GET', '/vm', undefined],
      ['GET request cannot have a body', 'GET', '/', {}],
    ]));

  test('is not started without a kernel, and not paused or written down', () =>
    expectRefusals(process, [
      ['without kernel configuration', 'PUT', '/actions', start],
      ['not supported before starting the microVM', 'PATCH', '/vm', { state: 'Paused' }],
      ['not supported before starting', 'PUT', '/snapshot/create', save],
    ]));

  test('goes on from no snapshot once something is configured', async () => {
    expect((await process.ask('PUT', '/machine-config', machine)).status).toBe(204);
    await expectRefusals(process, [
      ['not allowed after configuring boot-specific', 'PUT', '/snapshot/load', load],
    ]);
  });
});

describe('a Firecracker that is started', () => {
  let process: StandInProcess;
  beforeAll(async () => {
    process = new StandInProcess(folder, 'firecracker', args);
    const requests: [string, unknown][] = [
      ['/boot-source', boot],
      ['/drives/root', drive],
      ['/vsock', vsock],
      ['/entropy', {}],
      ['/actions', start],
    ];
    for (const [path, body] of requests) expect((await process.ask('PUT', path, body)).status).toBe(204);
    expect(JSON.parse((await process.ask('GET', '/')).body)).toMatchObject({ id: 'vm', state: 'Running' });
  });

  test('is not configured any more, nor started again', () =>
    expectRefusals(process, [
      ['not supported after starting the microVM', 'PUT', '/machine-config', machine],
      ['not supported after starting', 'PUT', '/boot-source', boot],
      ['not supported after', 'PUT', '/drives/root', drive],
      ['not supported', 'PUT', '/vsock', vsock],
      ['The requested operation', 'PUT', '/actions', start],
      ['The requested', 'PUT', '/snapshot/load', load],
    ]));

  test('is written down only while it is paused', async () => {
    await expectRefusals(process, [['unavailable while running', 'PUT', '/snapshot/create', save]]);
    expect((await process.ask('PATCH', '/vm', { state: 'Paused' })).status).toBe(204);
    await expectRefusals(process, [
      ['unknown field `mem_path`', 'PUT', '/snapshot/create', { ...save, mem_path: 'm' }],
      ['mem_file_path: Invalid input', 'PUT', '/snapshot/create', { snapshot_path: 'state' }],
      ['state: Invalid option', 'PATCH', '/vm', { state: 'Running' }],
    ]);
    expect((await process.ask('PUT', '/snapshot/create', save)).status).toBe(204);
  });
});

test('a Firecracker ends when it cannot go on from a snapshot', async () => {
  const process = new StandInProcess(folder, 'firecracker', args);
  await expectRefusals(process, [
    ['either `mem_backend` or `mem_file_path`', 'PUT', '/snapshot/load', { snapshot_path: 'state' }],
    ['Failed to restore from snapshot', 'PUT', '/snapshot/load', load],
  ]);
  expect(await process.ended).toBe(1);
});

test.each<[string, readonly string[], number, RegExp]>([
  [
    'an option that there is not',
    [...args, '--api-socket', 'x'],
    153,
    /'--api-socket' which wasn't expected/,
  ],
  ['an option without its value', ['--api-sock'], 153, /requires a value/],
  ['an id with a dot', ['--api-sock', 'api', '--id', 'a.b'], 134, /Invalid instance ID/],
  ['a level that there is not', [...args, '--level', 'Loud'], 152, /logger level: Loud/],
])('a Firecracker refuses %s', async (_, options, code, why) => {
  const process = new StandInProcess(folder, 'firecracker', options);
  expect(await process.ended).toBe(code);
  expect(process.said).toMatch(why);
});

test.each<[string, Record<string, unknown>, RegExp | undefined]>([
  ['boots the guest', { 'machine-config': machine, 'boot-source': boot, drives: [drive], vsock }, undefined],
  ['is refused when it is wrong', { 'boot-source': { ...boot, kernel: 'x' } }, /unknown field `kernel`/],
])('a configuration file of Firecracker %s', async (name, config, why) => {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(config));
  const process = new StandInProcess(folder, 'firecracker', [...args, '--config-file', file]);
  if (why) expect(await process.ended).toBe(152);
  else expect((await process.ask('GET', '/')).status).toBe(200);
  if (why) expect(process.said).toMatch(why);
});

const put = async (api: RestClient, requests: readonly FirecrackerRequest[]): Promise<void> => {
  for (const { method, path, body } of requests) await api.request(method, path, body);
};

wrongDrivers('firecracker', firecrackerEngine, folder, [
  [
    'starts before it configures',
    { boot: (api, config) => put(api, bootRequests(config).toReversed()) },
    /PUT \/actions: .*without kernel configuration/,
  ],
  [
    'configures after the start',
    { boot: (api, config) => put(api, [...bootRequests(config), ...bootRequests(config)]) },
    /PUT \/machine-config: .*not supported after starting/,
  ],
  [
    'gives a field a name of its own',
    {
      boot: (api, config) =>
        put(
          api,
          bootRequests(config).map((one) => ({ ...one, body: { ...one.body, vm_id: 'vm' } })),
        ),
    },
    /unknown field `vm_id`/,
  ],
  ['has an option of another program', { args: () => ['--api-socket', 'api'] }, /wasn't expected/],
  [
    'asks for what is no resource',
    { ping: (api) => api.request('GET', 'ping').then(() => undefined) },
    /Invalid request method and\/or path: GET ping/,
  ],
  [
    'calls the memory of a snapshot otherwise',
    {
      snapshot: (api, { file, memory }) =>
        api
          .request('PUT', 'snapshot/create', { snapshot_path: file, memory_path: memory })
          .then(() => undefined),
    },
    /deserializing the json body/,
  ],
]);
