import { describe, expect, test } from 'vitest';
import { createBody, type EngineFacts } from '../src/docker/create-body.ts';
import type { ContainerPlan } from '../src/engine/engine.ts';
import { plainPlan } from './plans.ts';

interface Body {
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly StopTimeout: number;
}

interface Ulimit {
  readonly Name: string;
  readonly Soft: number;
  readonly Hard: number;
}

const docker: EngineFacts = { runtime: 'docker', cgroupVersion: 2, devices: [] };
const podman: EngineFacts = { ...docker, runtime: 'podman' };
const body = (more: Partial<ContainerPlan>, facts = docker): Body =>
  createBody({ ...plainPlan, ...more }, facts) as Body;

describe('ulimits of Podman', () => {
  const ulimits = (own: EngineFacts['own'], limits: ContainerPlan['limits'], facts = podman) => {
    const given = body({ limits }, { ...facts, ...(own && { own }) }).HostConfig.Ulimits;
    return Object.fromEntries((given as Ulimit[]).map(({ Name, Soft, Hard }) => [Name, [Soft, Hard]]));
  };

  test('beside one that is asked for: what this process has, at most what the service of Podman has', () => {
    const openFiles = 50;
    expect(ulimits({ processes: 4000, files: 7 }, { openFiles })).toEqual({
      nofile: [50, 50],
      nproc: [4000, 4000],
    });
    expect(ulimits({ processes: 4000, files: 7 }, { lockedMemory: 0 })).toEqual({
      nofile: [7, 7],
      memlock: [0, 0],
      nproc: [4000, 4000],
    });
    const most = { nofile: [1_048_576, 1_048_576], memlock: [9, 9], nproc: [32_768, 32_768] };
    expect(ulimits({ processes: 1e7, files: 1e7 }, { lockedMemory: 9 })).toEqual(most);
    expect(ulimits({}, { lockedMemory: 9 })).toEqual(most);
    expect(ulimits(undefined, { lockedMemory: 9 })).toEqual(most);
  });

  test('nothing is said where nothing is asked for', () => {
    expect(ulimits({ processes: 4000 }, { memory: 5 })).toEqual({});
    expect(ulimits({ processes: 4000 }, { openFiles: 50 }, docker)).toEqual({ nofile: [50, 50] });
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
