import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { controllerHomes } from '../src/controllers.ts';
import { SystemdAdapter } from '../src/index.ts';
import { systemctl } from './harness.ts';
import { makeBench } from './helpers.ts';
import { testScope } from './scope.ts';
import { itWhen } from './when.ts';

const bench = makeBench();
const { adapter } = bench;

test('limits of the process itself', async () => {
  const handle = await bench.shell('exec sleep 1000', { resources: { openFilesMax: 99, lockMemory: '64k' } });
  const { pid } = await adapter.status(handle);
  const limits = readFileSync(`/proc/${pid}/limits`, 'latin1');
  expect(limits).toMatch(/^Max open files +99 +99 /m);
  expect(limits).toMatch(/^Max locked memory +65536 +65536 /m);
});

/** The machine that is booted for the tests shows no disk: it gets the node of one, which nobody opens. */
async function withDisk(work: (disk: string) => Promise<void>): Promise<void> {
  const name = readdirSync('/sys/block').find((entry) => !/^(loop|ram|zram)/.test(entry));
  if (name === undefined) throw new Error('this machine has no disk');
  const number = readFileSync(`/sys/block/${name}/dev`, 'latin1').trim();
  const [major = '', minor = ''] = number.split(':');
  const made = !existsSync(`/dev/${name}`);
  if (made) await execa('mknod', ['-m', '0', `/dev/${name}`, 'b', major, minor]);
  try {
    await work(number);
  } finally {
    if (made) rmSync(`/dev/${name}`);
  }
}

/** Where the conformance kit measures nothing: that the kernel has been told. */
itWhen(controllerHomes(testScope).get('io') === 'v1')('weights and rates, with cgroup v1', async () => {
  await withDisk(async (disk) => {
    const other = new SystemdAdapter({ scope: testScope, stateDirectory: bench.stateDirectory });
    const resources = { cpuWeight: 50, cpuQuota: '50%', ioReadBps: '1M', ioWriteBps: '2M' };
    const handle = await other.spawn({
      name: bench.name(),
      program: '/bin/sleep',
      args: ['1000'],
      resources,
    });
    const unit = `duende-${handle.name}.service`;
    const group = await systemctl('show', '--value', '-p', 'ControlGroup', unit);
    const read = (controller: string, file: string): string =>
      readFileSync(`/sys/fs/cgroup/${controller}${group}/${file}`, 'latin1').trim();
    // 100 is 1024 shares.
    expect(read('cpu', 'cpu.shares')).toBe('512');
    const quota = Number(read('cpu', 'cpu.cfs_quota_us')) / Number(read('cpu', 'cpu.cfs_period_us'));
    expect(quota).toBeCloseTo(0.5);
    expect(read('blkio', 'blkio.throttle.read_bps_device')).toContain(`${disk} 1048576`);
    expect(read('blkio', 'blkio.throttle.write_bps_device')).toContain(`${disk} 2097152`);
    await other.close();
  });
});

test('what this manager was not given is refused by name, and not only ignored', async () => {
  const can = adapter.capabilities.resources;
  const values = { memoryMax: '64M', cpuQuota: '50%', ioReadBps: '1M', pidsMax: 50 } as const;
  for (const [field, value] of Object.entries(values)) {
    const spawned = bench.shell('exit 0', { resources: { [field]: value } });
    if (can[field as keyof typeof values].supported) await adapter.wait(await spawned);
    else await expect(spawned).rejects.toMatchObject({ code: 'Config', field: `resources.${field}` });
  }
});
