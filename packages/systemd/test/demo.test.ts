import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { makeStateDirectory } from './harness.ts';

/** The demo checks each of its steps itself: spawn, logs, reload, health, trace, kill -9, stats, stop, remove. */
test('the example daemon, unchanged, as a unit', { timeout: 60_000 }, async () => {
  const demo = fileURLToPath(new URL('../../../apps/example/src/demo.ts', import.meta.url));
  const { exitCode, stdout, stderr } = await execa(process.execPath, [demo, '--platform', 'linux'], {
    env: { DUENDE_STATE_DIR: makeStateDirectory() },
    reject: false,
  });
  expect(exitCode, stdout + stderr).toBe(0);
  expect(stdout).toContain('A counter daemon on linux (systemd ');
  expect(stdout.match(/✔/g)).toHaveLength(10);
  expect(stdout).toMatch(/processes 1,/);
});
