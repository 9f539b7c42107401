/** Snapshots and what is started from them, by a driver on its stand-in. */

import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentVsockPort, connectVsock } from '../../src/vmm-rest/vsock-channel.ts';
import { type Host, type Kind, makeHost, removeAll, vmsOf } from './harness.ts';

export function snapshotSuite(kind: Kind, folder: () => string): void {
  describe(`snapshots of ${kind}`, () => {
    let host: Host;
    let file: string;
    let disk: string;
    beforeAll(async () => {
      host = makeHost(kind, join(folder(), 'snapshots with spaces, commas & %20'));
      file = join(host.stateDirectory, 'state');
      disk = join(folder(), 'disk');
      writeFileSync(disk, 'an image');
      await host.vmm.start('vm', { ...host.config, disk });
    });
    afterAll(async () => {
      await removeAll(host);
      expect(vmsOf(host)).toEqual([]);
    });

    const answers = async (vmId: string): Promise<void> => {
      const signal = AbortSignal.timeout(10_000);
      (await connectVsock(host.paths.vm(vmId), agentVsockPort, signal)).destroy();
    };

    test('are not taken of a guest that runs, and leave nothing then', async () => {
      await expect(host.vmm.snapshot('vm', file)).rejects.toMatchObject({ reason: 'engine-error' });
      expect(readdirSync(host.stateDirectory).filter((name) => name.startsWith('state'))).toEqual([]);
    });

    test('are two private files, the memory beside the state; the guest goes on', async () => {
      await host.vmm.pause('vm');
      const size = await host.vmm.snapshot('vm', file);
      expect(size).toBe(statSync(file).size);
      expect(size).toBeGreaterThan(0);
      expect(statSync(`${file}.memory`).size).toBe(host.config.memory);
      for (const path of [file, `${file}.memory`]) expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(
        readdirSync(host.stateDirectory)
          .filter((name) => name.startsWith('state'))
          .toSorted(),
      ).toEqual(['state', 'state.memory']);
      await host.vmm.resume('vm');
      await answers('vm');
    });

    test('are not written over another file', async () => {
      const before = readFileSync(file);
      await host.vmm.pause('vm');
      await expect(host.vmm.snapshot('vm', file)).rejects.toMatchObject({ code: 'EEXIST' });
      await host.vmm.resume('vm');
      expect(readFileSync(file)).toEqual(before);
    });

    test('are gone on with by several VMs at once, with another disk', async () => {
      const other = join(folder(), 'other disk');
      writeFileSync(other, 'another image');
      const clones = ['clone1', 'clone2'];
      await Promise.all(clones.map((vmId) => host.vmm.start(vmId, { ...host.config, disk: other }, file)));
      for (const vmId of clones) {
        await answers(vmId);
        expect(await host.vmm.status(vmId)).toMatchObject({ state: 'running' });
        expect(readFileSync(join(host.paths.vm(vmId), 'disk'), 'utf8')).toBe('another image');
        await host.vmm.remove(vmId);
      }
    });

    test('have the memory where the config says, also one that goes on from it', async () => {
      const memory = join(host.stateDirectory, 'template memory');
      writeFileSync(memory, '');
      const config = { ...host.config, disk, memoryFile: { path: memory, shared: true } };
      await host.vmm.start('template', config);
      await host.vmm.pause('template');
      const [first, second] = [join(folder(), 'first'), join(folder(), 'second')];
      await host.vmm.snapshot('template', first);
      await host.vmm.remove('template');
      expect(existsSync(`${first}.memory`)).toBe(false);
      await host.vmm.start('template', config, first);
      await host.vmm.pause('template');
      await host.vmm.snapshot('template', second);
      await host.vmm.remove('template');
      await host.vmm.start('clone', { ...config, memoryFile: { path: memory, shared: false } }, second);
      await answers('clone');
      await host.vmm.remove('clone');
      // The memory is that of the second one now.
      await expect(host.vmm.start('clone', config, first)).rejects.toThrow(/does not take the snapshot/);
    });

    test.each<[string, (path: string) => void]>([
      ['a state that was changed', (path) => appendFileSync(path, 'x')],
      ['no state', (path) => writeFileSync(path, '')],
      ['a memory of another size', (path) => appendFileSync(`${path}.memory`, 'x')],
    ])('with %s are refused, and nothing is left', async (name, damage) => {
      const path = join(folder(), name);
      await host.vmm.pause('vm');
      await host.vmm.snapshot('vm', path);
      await host.vmm.resume('vm');
      damage(path);
      await expect(host.vmm.start('clone', { ...host.config, disk }, path)).rejects.toMatchObject({
        reason: 'engine-error',
        message: expect.stringMatching(/ does not take the snapshot: /),
      });
      expect(vmsOf(host)).toEqual(['vm']);
    });
  });
}
