import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ImagePlan, planProgram } from '@duende/image';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootMachine, type Machine, makeRootfs } from '../../src/index.ts';
import { execIn } from './guest.ts';
import { mebibyte, removeAll, testMachine, testState } from './harness.ts';

const stateDirectory = testState();
let machine: Machine;
let plan: ImagePlan;
const ids = ['one', 'two'];
const programs = ['cat', 'date', 'stat', 'ls', 'sha256sum', 'head', 'od'].map((name) => `/usr/bin/${name}`);
const shell = (vmId: string, script: string) => execIn(machine, vmId, '/bin/sh', '-c', script);

beforeAll(async () => {
  machine = await testMachine(stateDirectory);
  const { paths } = machine;
  plan = await planProgram({
    platform: 'pepita',
    program: '/bin/sh',
    programs,
    cacheDirectory: paths.images,
  });
  const rootfs = await makeRootfs(plan, paths);
  for (const vmId of ids) await bootMachine(machine, { vmId, memory: 128 * mebibyte, vcpus: 1, rootfs });
});
afterAll(() => removeAll(machine));

describe('two clones of a template', () => {
  test('have their own randomness', async () => {
    const script = 'cat /proc/sys/kernel/random/uuid; head -c 16 /dev/urandom | od -An -tx1';
    const [one, two] = await Promise.all(ids.map((vmId) => shell(vmId, script)));
    expect(one?.output).toMatch(/^[0-9a-f-]{36}\n( [0-9a-f]{2}){16}\n$/);
    const lines = [...(one?.output.split('\n') ?? []), ...(two?.output.split('\n') ?? [])];
    expect(new Set(lines.filter((line) => line !== '')).size).toBe(4);
  });

  test('have the clock of the host', async () => {
    for (const vmId of ids) {
      const before = Date.now();
      const { output } = await shell(vmId, 'date +%s%3N');
      expect(Number(output)).toBeGreaterThan(before - 100);
      expect(Number(output)).toBeLessThan(Date.now() + 100);
    }
  });

  test('write each to a root of its own', async () => {
    expect(await shell('one', 'echo mine > /usr/mine && cat /usr/mine')).toEqual({
      output: 'mine\n',
      code: 0,
    });
    expect((await shell('two', 'cat /usr/mine')).code).toBe(1);
  });
});

describe('the root of a guest', () => {
  test('has each owner and mode of the plan', async () => {
    const entries = plan.entries.filter(({ path }) => !/^\/(proc|sys|dev|run|tmp)\b/.test(path));
    const paths = entries.map(({ path }) => `'${path}'`).join(' ');
    const { output } = await shell('two', `stat -c '%n %u %g %a %F' ${paths}`);
    const types = { file: 'regular file', directory: 'directory', symlink: 'symbolic link' } as const;
    const expected = entries.map(({ path, uid, gid, mode, type }) =>
      [path, uid, gid, mode.toString(8), types[type]].join(' '),
    );
    expect(output.trim().replaceAll('regular empty file', 'regular file').split('\n')).toEqual(expected);
  });

  test('has each file byte for byte', async () => {
    const files = plan.entries.flatMap((entry) => ('source' in entry ? [entry.source] : []));
    const { output } = await shell('two', `sha256sum ${files.join(' ')}`);
    const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
    expect(output.trim().split('\n')).toEqual(files.map((path) => `${digest(path)}  ${path}`));
  });

  test('has no network', async () => {
    expect((await shell('two', 'ls /sys/class/net')).output).toBe('lo\n');
  });
});
