import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemctl } from './harness.ts';
import { makeBench } from './helpers.ts';
import { testScope } from './scope.ts';

const bench = makeBench();

test('a secret is in the daemon, and nowhere that others may read', async () => {
  const handle = await bench.shell('printenv PASSWORD; exec sleep 1000', { env: { PASSWORD: 'hunter2' } });
  await expect.poll(() => bench.text(handle)).toEqual(['hunter2']);
  const unit = `duende-${handle.name}.service`;
  expect(await systemctl('show', unit)).not.toContain('hunter2');
  expect(await systemctl('cat', unit)).not.toContain('hunter2');
  const { pid } = await bench.adapter.status(handle);
  expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).not.toContain('hunter2');
  const folder = join(bench.stateDirectory, 'systemd', testScope, handle.name);
  for (const [path, mode] of [
    [folder, 0o700],
    [join(folder, 'unit'), 0o600],
    [join(folder, 'spec.json'), 0o600],
  ] as const) {
    expect(statSync(path).mode & 0o777, path).toBe(mode);
  }
});

test('the program has nothing open but its three streams', async () => {
  // The fourth is the folder that it reads itself.
  const { adapter } = bench;
  const handle = await adapter.spawn({
    name: bench.name(),
    program: '/bin/ls',
    args: ['-l', '/proc/self/fd'],
  });
  await adapter.wait(handle);
  const targets = (await bench.text(handle)).flatMap((line) => / -> (.*)$/.exec(line)?.[1] ?? []);
  expect(targets).toEqual([
    '/dev/null',
    expect.stringMatching(/^socket:/),
    expect.stringMatching(/^socket:/),
    expect.stringMatching(/^\/proc\/\d+\/fd$/),
  ]);
});
