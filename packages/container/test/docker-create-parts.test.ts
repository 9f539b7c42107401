import { describe, expect, test } from 'vitest';
import { createBody, type EngineFacts } from '../src/docker/create-body.ts';
import type { ContainerPlan } from '../src/engine/engine.ts';
import { plainPlan } from './plans.ts';

interface Body {
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly StopTimeout: number;
}

const docker: EngineFacts = { runtime: 'docker', cgroupVersion: 2, devices: [] };
const podman: EngineFacts = { ...docker, runtime: 'podman', processLimit: 4000 };
const body = (more: Partial<ContainerPlan>, facts = docker): Body =>
  createBody({ ...plainPlan, ...more }, facts) as Body;

describe('ulimits of Podman', () => {
  const nproc = (facts: Partial<EngineFacts>, limits: ContainerPlan['limits'] = { openFiles: 50 }) =>
    (body({ limits }, { ...podman, ...facts }).HostConfig.Ulimits as { Name: string; Hard: number }[]).find(
      ({ Name }) => Name === 'nproc',
    )?.Hard;

  test('what this process has, at most what the service of Podman has', () => {
    expect(nproc({ processLimit: 4000 })).toBe(4000);
    expect(nproc({ processLimit: 1_000_000 })).toBe(32_768);
    expect(nproc({ processLimit: undefined })).toBe(32_768);
  });

  test('nothing is said where nothing is asked for', () => {
    expect(nproc({}, { memory: 5 })).toBeUndefined();
    expect(nproc({ runtime: 'docker' })).toBeUndefined();
  });
});

describe('times and shares', () => {
  test.each([
    [0, 1],
    [1, 1],
    [1000, 1],
    [1001, 2],
    [10_000, 10],
  ])('a stop after %d ms is %d s of the engine: never sooner', (stopTimeoutMs, seconds) => {
    expect(body({ stopTimeoutMs }).StopTimeout).toBe(seconds);
  });

  const shares = (cpuWeight: number, cgroupVersion: 1 | 2): number =>
    body({ limits: { cpuWeight } }, { ...docker, cgroupVersion }).HostConfig.CpuShares as number;

  test.each([
    [1, 10],
    [100, 1024],
    [200, 2048],
    [10_000, 102_400],
  ])('the weight %d is %d shares of cgroup v1', (weight, expected) => {
    expect(shares(weight, 1)).toBe(expected);
  });

  // opencontainers/runc, libcontainer/cgroups/utils.go: ConvertCPUSharesToCgroupV2Value, in whole numbers; crun has the same.
  const weightOfRunc = (value: number): number => 1 + Math.floor(((value - 2) * 9999) / 262_142);

  test('runc makes the same weight of them again in cgroup v2', () => {
    for (let weight = 1; weight <= 10_000; weight += 1) expect(weightOfRunc(shares(weight, 2))).toBe(weight);
  });
});
