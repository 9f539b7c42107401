import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { cloudHypervisorEngine } from '../src/cloud-hypervisor/cloud-hypervisor-vmm.ts';
import { vmConfigBody } from '../src/cloud-hypervisor/requests.ts';
import type { RestClient } from '../src/vmm-rest/rest-client.ts';
import { testFolder } from './helpers.ts';
import { cleanUpStandIns, StandInProcess } from './stand-ins/start-stand-in.ts';
import { wrongDrivers } from './stand-ins/wrong-drivers.ts';

/** The stand-in refuses what cloud-hypervisor refuses, and fields that it does not know: a driver that does it wrong does not pass. */
const folder = testFolder();
cleanUpStandIns();

const args = ['--api-socket', 'path=api', '--event-monitor', 'path=events'];
const config = {
  cpus: { boot_vcpus: 1, max_vcpus: 1 },
  memory: { size: 8 * 1024 ** 2 },
  payload: { kernel: 'kernel', cmdline: 'duende.vsock=25717' },
  vsock: { cid: 3, socket: 'agent' },
};

type Case = [why: string, status: number, name: string, body?: unknown];

async function expectRefusals(process: StandInProcess, cases: readonly Case[]): Promise<void> {
  for (const [why, status, name, body] of cases) {
    const reply = await process.ask('PUT', `/api/v1/${name}`, body);
    expect(reply, `${name} ${JSON.stringify(body)}`).toMatchObject({
      status,
      body: expect.stringContaining(why),
    });
  }
}

const done = async (process: StandInProcess, name: string, body?: unknown): Promise<void> => {
  expect(await process.ask('PUT', `/api/v1/${name}`, body)).toEqual({ status: 204, body: '' });
};

describe('a cloud-hypervisor without a VM', () => {
  let process: StandInProcess;
  beforeAll(() => {
    process = new StandInProcess(folder, 'cloud-hypervisor', args);
  });

  test('refuses bodies that are none of its API', () =>
    expectRefusals(process, [
      ['unknown field `cpus.vcpus`', 400, 'vm.create', { ...config, cpus: { ...config.cpus, vcpus: 1 } }],
      ['unknown field `kernel`', 400, 'vm.create', { ...config, kernel: 'kernel' }],
      ['payload: Invalid input', 400, 'vm.create', { cpus: config.cpus }],
      ['Kernel or firmware missing', 400, 'vm.create', { ...config, payload: {} }],
      ['cpus.boot_vcpus: Too small', 400, 'vm.create', { ...config, cpus: { boot_vcpus: 0, max_vcpus: 1 } }],
      ['Boot vCPUs', 400, 'vm.create', { ...config, cpus: { boot_vcpus: 2, max_vcpus: 1 } }],
      ['vsock.cid: Too small', 400, 'vm.create', { ...config, vsock: { cid: 2, socket: 'agent' } }],
      ['serial.mode: Invalid option', 400, 'vm.create', { ...config, serial: { mode: 'Stdout' } }],
      ['Failed to deserialize', 400, 'vm.create', '{'],
      ['Failed to deserialize', 400, 'vm.create'],
      ['Bad Request', 400, 'vm.boot', {}],
      ['Not Found', 404, 'vm.start'],
    ]));

  test('has nothing to boot, to pause or to write down', async () => {
    await expectRefusals(process, [
      ['VM config is missing', 404, 'vm.boot'],
      ['VM is not running', 500, 'vm.pause'],
      ['VM is not running', 500, 'vm.resume'],
      ['VM is not running', 500, 'vm.snapshot', { destination_url: `file://${folder}` }],
      ['is not a path to a folder', 500, 'vm.restore', { source_url: folder }],
      ['is not a path to a folder', 500, 'vm.restore', { source_url: `file://${folder}/none` }],
      ['no such file', 500, 'vm.restore', { source_url: `file://${process.folder}` }],
    ]);
    expect((await process.ask('GET', '/api/v1/vm.info')).status).toBe(404);
  });
});

describe('a cloud-hypervisor with a VM', () => {
  let process: StandInProcess;
  beforeAll(async () => {
    process = new StandInProcess(folder, 'cloud-hypervisor', args);
    await done(process, 'vm.create', config);
    await expectRefusals(process, [
      ['VM is already created', 500, 'vm.create', config],
      ['VM is not running', 500, 'vm.pause'],
    ]);
    await done(process, 'vm.boot');
  });

  test('is in one state at a time', async () => {
    const snapshot = join(process.folder, 'snapshot');
    const url = { destination_url: `file://${snapshot}` };
    await expectRefusals(process, [
      ['VM is already created', 500, 'vm.boot'],
      ['VM is already created', 500, 'vm.restore', { source_url: `file://${folder}` }],
      ['Invalid VM state transition from Running to Running', 500, 'vm.resume'],
      ['VM must be paused', 500, 'vm.snapshot', url],
    ]);
    await done(process, 'vm.pause');
    await expectRefusals(process, [
      ['Invalid VM state transition from Paused to Paused', 500, 'vm.pause'],
      ['unknown field `url`', 400, 'vm.snapshot', { ...url, url: 'x' }],
      ['is not a path to a folder', 500, 'vm.snapshot', url],
    ]);
    mkdirSync(snapshot);
    await done(process, 'vm.snapshot', url);
    await expectRefusals(process, [['file already exists', 500, 'vm.snapshot', url]]);
    await done(process, 'vm.resume');
    await done(process, 'vmm.shutdown');
    expect(await process.ended).toBe(0);
  });
});

test.each<[string, readonly string[], number, RegExp]>([
  ['an option that there is not', ['--api-sock', 'api'], 2, /'--api-sock' which wasn't expected/],
  ['to start without an API', ['--event-monitor', 'path=events'], 1, /no API socket/],
])('a cloud-hypervisor refuses %s', async (_, options, code, why) => {
  const process = new StandInProcess(folder, 'cloud-hypervisor', options);
  expect(await process.ended).toBe(code);
  expect(process.said).toMatch(why);
});

const send = async (api: RestClient, ...names: readonly string[]): Promise<void> => {
  for (const name of names) await api.request('PUT', name);
};

wrongDrivers('cloud-hypervisor', cloudHypervisorEngine, folder, [
  ['boots what it has not created', { boot: (api) => send(api, 'vm.boot') }, /VM config is missing/],
  [
    'boots twice',
    {
      boot: async (api, vmConfig) => {
        await cloudHypervisorEngine.boot(api, vmConfig);
        await send(api, 'vm.boot');
      },
    },
    /VM is already created/,
  ],
  [
    'gives a field a name of its own',
    {
      boot: async (api, vmConfig) => {
        await api.request('PUT', 'vm.create', { ...vmConfigBody(vmConfig), initramfs: vmConfig.initramfs });
      },
    },
    /unknown field `initramfs`/,
  ],
  ['has an option of another program', { args: () => ['--api-sock', 'api'] }, /wasn't expected/],
  [
    'writes down where there is no folder',
    {
      snapshot: async (api, { file }) => {
        await api.request('PUT', 'vm.snapshot', { destination_url: `file://${file}` });
      },
    },
    /is not a path to a folder/,
  ],
]);
