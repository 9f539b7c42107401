/** Drivers that are wrong in one thing, which their stand-in must find. */

import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { RestEngine } from '../../src/vmm-rest/engine.ts';
import { RestVmm } from '../../src/vmm-rest/rest-vmm.ts';
import { anyDevice, type Host, type Kind, makeHost, removeAll, vmsOf } from './harness.ts';

export type WrongDriver = readonly [what: string, wrong: Partial<RestEngine>, why: RegExp];

/** Each fails to start a VM (or, with `snapshot`, to take one), says why, and leaves nothing of one that is not started. */
export function wrongDrivers(
  kind: Kind,
  engine: RestEngine,
  folder: string,
  drivers: readonly WrongDriver[],
): void {
  const hosts: Host[] = [];
  afterAll(async () => {
    for (const host of hosts) await removeAll(host);
  });
  test.each(drivers)(`a driver of ${kind} fails that %s`, async (what, wrong, why) => {
    const host = makeHost(kind, join(folder, what));
    const { stateDirectory, program, config } = host;
    const vmm = new RestVmm({ ...engine, ...wrong }, { stateDirectory, program, kvmDevice: anyDevice });
    hosts.push({ ...host, vmm });
    if (wrong.snapshot) {
      await vmm.start('vm', config);
      await vmm.pause('vm');
      await expect(vmm.snapshot('vm', join(stateDirectory, 'state'))).rejects.toThrow(why);
      return;
    }
    await expect(vmm.start('vm', config)).rejects.toThrow(why);
    expect(vmsOf(host)).toEqual([]);
  });
}
