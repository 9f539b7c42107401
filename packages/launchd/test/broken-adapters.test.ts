import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runConformance } from '@duende/conformance';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { LaunchdAdapter } from '../src/index.ts';
import { jobState } from '../src/job-state.ts';
import { parsePrint } from '../src/parse-print.ts';
import { launchdTest, simulatorHarness } from './harness.ts';

/** A launchctl between the adapter and the simulator that does one thing as a careless adapter would. */
function careless(launchctl: string, change: string): { path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'careless-'));
  const path = join(folder, 'launchctl');
  writeFileSync(path, `#!/usr/bin/perl\nuse strict;\n${change}\nexec '${launchctl}', @ARGV;\n`);
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

async function judge(change: string, only: string[]): Promise<{ failed: number; refusal: string }> {
  const harness = await simulatorHarness('15', 'gui');
  const between = careless(harness.simulator.launchctl, change);
  const { stateDirectory } = harness;
  let failed = 0;
  const onResult = ({ outcome }: { outcome: string }): void => {
    if (outcome === 'fail') failed += 1;
  };
  const create = async () => new LaunchdAdapter({ domain: 'gui', launchctl: between.path, stateDirectory });
  try {
    await runConformance({ ...harness, create }, { only, onResult });
    return { failed, refusal: '' };
  } catch (error) {
    return { failed, refusal: (error as Error).message };
  } finally {
    between.remove();
  }
}

test('an adapter that does all of it right passes what follows', async () => {
  expect(await judge('', ['signals.usr1-reaches-handler', 'status.exit-three'])).toEqual({
    failed: 0,
    refusal: '',
  });
});

test('signals by number: another signal arrives, and the simulator says so', async () => {
  const { failed, refusal } = await judge('s/^SIGUSR1$/10/ for @ARGV;', ['signals.usr1-reaches-handler']);
  expect(failed).toBe(1);
  expect(refusal).toContain('numeric-signal');
});

test('load instead of bootstrap', async () => {
  const change = "@ARGV = ('load', $ARGV[2]) if $ARGV[0] eq 'bootstrap';";
  expect((await judge(change, ['status.exit-three'])).refusal).toContain('legacy-subcommand');
});

test('bootout of the whole domain', async () => {
  const change = "$ARGV[1] =~ s{/[^/]*$}{} if $ARGV[0] eq 'bootout';";
  expect((await judge(change, ['status.exit-three'])).refusal).toContain('bootout-of-domain');
});

test('bootstrap while the old job drains is refused, and counted', async () => {
  const on = await launchdTest('15', 'gui');
  const adapter = on.adapter();
  const handle = await adapter.spawn({
    name: 'slow',
    program: '/bin/sh',
    args: ['-c', 'trap "" TERM; while :; do sleep 0.1; done'],
  });
  const target = `gui/${on.simulator.uid}`;
  const run = async (...args: string[]) =>
    (await execa(on.simulator.launchctl, args, { reject: false })).exitCode;
  await run('bootout', `${target}/com.duende.slow`);
  const codes = new Set<number | undefined>();
  for (let round = 0; round < 30; round += 1)
    codes.add(await run('bootstrap', target, join(on.folder('slow'), 'com.duende.slow.plist')));
  expect([...codes]).not.toContain(0);
  expect(on.simulator.violations().map(({ rule }) => rule)).toContain('bootstrap-during-drain');
  await adapter.remove(handle, { force: true });
  await on.close();
});

// macOS 11 prints no such blocks.
test.each(['13', '15'] as const)(
  'macOS %s: reading any line that says state or pid gives another answer',
  async (style) => {
    const on = await launchdTest(style, 'gui');
    const adapter = on.adapter();
    const handle = await adapter.spawn({ name: 'decoy', program: '/bin/sleep', args: ['1000'] });
    const { stdout } = await execa(on.simulator.launchctl, [
      'print',
      `gui/${on.simulator.uid}/com.duende.decoy`,
    ]);
    const naive = Object.fromEntries(
      [...stdout.matchAll(/^\s*(state|pid) = (.*)$/gm)].map(([, key, value]) => [key, value]),
    );
    const { pid, fields } = jobState(parsePrint(stdout));
    expect(fields.get('state')).toBe('running');
    expect([naive.state, naive.pid]).not.toEqual(['running', String(pid)]);
    await adapter.remove(handle, { force: true });
    await on.close();
  },
);
