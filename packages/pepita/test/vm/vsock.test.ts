import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sayHelloOn } from '../../src/agent/say-hello.ts';
import { type Machine, type Rootfs, sayHello } from '../../src/index.ts';
import { agentVsockPort, connectVsock } from '../../src/vmm-rest/vsock-channel.ts';
import { cleanUp, Host, id, logOf } from '../agent-harness.ts';
import { probe, until } from './adapter-harness.ts';
import { rootfsOf, testMachine, testState } from './harness.ts';
import { buildDevice, compiler, type Kind, VsockGuest } from './vsock-guest.ts';

/** The real agent in a real guest, by AF_VSOCK. Its VMM is QEMU: that the other two are as their documents say is not proved here. */
function suite(kind: Kind): void {
  describe(`a guest as ${kind} has it`, () => {
    const folder = testState();
    let machine: Machine;
    let rootfs: Rootfs;
    let device: string;
    let guest: VsockGuest | undefined;
    let count = 0;
    const start = async (): Promise<VsockGuest> => {
      count += 1;
      guest = await VsockGuest.start(kind, machine, device, join(folder, `vm-${count}`), rootfs);
      return guest;
    };
    const bridge = (given: VsockGuest, args: string[]): Host => {
      mkdirSync(join(given.folder, 'host'), { recursive: true });
      const settings = { program: probe, args };
      return new Host(join(given.folder, 'host'), join(given.folder, 'agent'), settings, [
        '--vsock',
        String(agentVsockPort),
      ]);
    };
    beforeAll(async () => {
      device = buildDevice(folder);
      machine = await testMachine(folder);
      rootfs = await rootfsOf(machine, probe);
    });
    afterEach(async () => {
      await cleanUp();
      await guest?.remove();
    });
    afterAll(() => machine.vmm.close());

    const hello = (at: string) => sayHello(at, AbortSignal.timeout(60_000), agentVsockPort);

    test('answers by vsock, has its root, and is left by the restart or the power-off that its VMM wants', async () => {
      const given = await start();
      expect((await hello(given.folder)).facts).toMatchObject({ root: '/dev/vda', rootfs: 'erofs' });
      const host = bridge(given, ['say', 'hello', 'exit', '3']);
      expect(await host.inState('failed')).toMatchObject({ exit: { code: 3 } });
      expect(logOf(host.folder)).toBe('hello\n');
      expect(await given.ended).toBe(0);
      expect(given.console).toMatch(
        kind === 'firecracker' ? /reboot: Restarting system/ : /reboot: Power down/,
      );
    });

    test('takes signals, also by the next bridge when one was killed, and gives all of its output', async () => {
      const given = await start();
      const host = bridge(given, ['trap']);
      await host.says('ready');
      expect(await host.ask(`signal ${id} USR1`)).toBe('ok');
      await host.says('USR1');
      await host.kill();
      host.start();
      await until('the next bridge', async () => (await host.ask(`ping ${id}`)) === 'ok');
      expect(await host.ask(`signal ${id} USR2`)).toBe('ok');
      await host.says('USR2');
      expect(logOf(host.folder)).toBe('ready\nUSR1\nUSR2\n');
      expect(await host.ask(`stop ${id} 100`)).toBe('ok');
      await host.inState('stopped');
      expect(await given.ended).toBe(0);
    });

    test('sends megabytes in their order', async () => {
      const given = await start();
      const lines = 20_000;
      const host = bridge(given, ['print', String(lines), '200', 'stdout', '0']);
      await host.inState('stopped');
      const said = logOf(host.folder).trimEnd().split('\n');
      expect(said).toHaveLength(lines);
      const wrong = said.findIndex((line, at) => !line.startsWith(`${String(at).padStart(8, '0')}:`));
      expect(wrong).toBe(-1);
    });

    test('is of whoever came last: of who came before it may never hear again', async () => {
      const { folder: at } = await start();
      const signal = AbortSignal.timeout(60_000);
      const first = await connectVsock(at, agentVsockPort, signal);
      const closed = once(first.on('error', () => undefined).resume(), 'close');
      const stop = sayHelloOn(first, Buffer.alloc(16, 9));
      await once(first, 'data', { signal });
      stop();
      await hello(at);
      await closed;
    });
  });
}

if (compiler !== undefined) {
  suite('firecracker');
  suite('cloud-hypervisor');
}
