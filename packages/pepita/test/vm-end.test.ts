import type { DaemonExit } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { isHung, mostCpu } from '../src/boot/watchdog.ts';
import { isPaused } from '../src/qemu/events-file.ts';
import type { QmpEvent } from '../src/qemu/qmp-client.ts';
import { endOfVm, type VmEnd } from '../src/qemu/vm-end.ts';
import { tscKhz } from '../src/tsc-khz.ts';

const event = (name: string, data: Record<string, unknown> = {}): QmpEvent => ({
  event: name,
  data,
  time: 1,
});
const shutdown = (reason: string): QmpEvent => event('SHUTDOWN', { guest: true, reason });

describe('the end of a VM', () => {
  test.each<[VmEnd, QmpEvent[], DaemonExit | undefined, string]>([
    ['poweroff', [event('RESUME'), shutdown('guest-shutdown')], { code: 0 }, ''],
    ['reboot', [shutdown('guest-reset')], { code: 0 }, ''],
    ['panic', [event('GUEST_PANICKED'), shutdown('guest-panic')], { code: 1 }, ''],
    ['panic', [shutdown('guest-reset')], { code: 0 }, 'x\n[ 1.2] Kernel panic - not syncing: no init'],
    ['quit', [shutdown('host-qmp-quit')], { code: 0 }, ''],
    ['quit', [shutdown('host-signal')], { code: 0 }, ''],
    ['killed', [], { signal: 'SIGKILL' }, ''],
    ['killed', [shutdown('host-signal')], { signal: 'SIGKILL' }, ''],
    ['crash', [], { signal: 'SIGABRT' }, ''],
    ['crash', [], { signal: 'SIGBUS' }, ''],
    ['crash', [], { code: 1 }, ''],
    ['crash', [], undefined, ''],
    ['killed', [event('STOP')], { signal: 'SIGTERM' }, ''],
  ])('%s: %o, %o, %j', (end, events, exit, console) => {
    expect(endOfVm(events, exit, console)).toBe(end);
  });

  test('a guest is frozen after STOP and not after RESUME', () => {
    expect(isPaused([])).toBe(false);
    expect(isPaused([event('STOP'), event('RTC_CHANGE')])).toBe(true);
    expect(isPaused([event('STOP'), event('RESUME')])).toBe(false);
  });
});

describe('a guest hangs', () => {
  const at = (elapsed: number, cpu: number) => ({ elapsed, cpu });
  test.each<[string, boolean, ReturnType<typeof at>[]]>([
    ['no sample yet', false, []],
    ['it is at work', false, [at(250, 200), at(500, 400)]],
    ['it is slow on a busy machine', false, [at(250, 10), at(40_000, 1200), at(44_000, 1500)]],
    ['it spins', true, [at(250, 200), at(13_000, 12_500)]],
    ['it sleeps', true, [at(250, 200), at(1000, 700), at(5100, 710)]],
    ['it has been too long', true, [at(250, 200), at(91_000, 5000)]],
  ])('%s: %s', (_, hangs, samples) => {
    expect(isHung(samples)).toBe(hangs);
  });
});

test('a clone hangs earlier than a boot', () => {
  const samples = [
    { elapsed: 250, cpu: 200 },
    { elapsed: 6000, cpu: 5000 },
  ];
  expect([isHung(samples), isHung(samples, mostCpu.clone)]).toEqual([false, true]);
});

describe('the frequency of the time stamp counter', () => {
  const cpuinfo = (name: string, megahertz: string, flags: string): string =>
    `processor\t: 0\nmodel name\t: ${name}\ncpu MHz\t\t: ${megahertz}\nflags\t\t: fpu tsc ${flags}\n`;

  test.each([
    ['in a VM', cpuinfo('Xeon', '2300.000', 'constant_tsc hypervisor'), 2_300_000],
    ['of hardware with a nominal frequency', cpuinfo('i7 CPU @ 3.60GHz', '812.5', 'constant_tsc'), 3_600_000],
    ['of other hardware', cpuinfo('EPYC', '812.5', 'constant_tsc'), undefined],
    ['that changes', cpuinfo('old @ 2.00GHz', '2000', ''), undefined],
    ['without an answer', '', undefined],
  ])('%s', (_, text, khz) => {
    expect(tscKhz(text)).toBe(khz);
  });
});
