import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { useKernel } from './support/kernel.ts';
import { temporaryFolder } from './support/programs.ts';
import { entries, useScripts } from './support/scripts.ts';

const test = useKernel();
const scripts = useScripts(test);
const counter = join(import.meta.dirname, '../../../apps/example/src/daemon.ts');

function settings(): { folder: string; write: (settings: object) => void } {
  const folder = join(temporaryFolder(), 'data');
  mkdirSync(folder);
  const write = (value: object) => writeFileSync(join(folder, 'counter.json'), JSON.stringify(value));
  write({ intervalMs: 20 });
  return { folder, write };
}

const { folder, write } = settings();
const config = { file: '/data/counter.json' };

it('the counter of the example app runs as it is: config, files, reload, health, shutdown', async () => {
  const preopens = [{ guest: '/data', host: folder, write: false }];
  const daemon = await scripts.startFile(counter, {
    daemon: { name: 'counter', config },
    capabilities: { preopens },
  });
  await daemon.says('"count":3');
  expect(await test.kernel.health(daemon.pid)).toMatchObject({ healthy: true, detail: { step: 1 } });
  write({ intervalMs: 20, step: 100 });
  test.kernel.signal(daemon.pid, 'HUP');
  await daemon.says('"step":100');
  test.kernel.signal(daemon.pid, 'TERM');
  const { exit, stdout } = await daemon.end();
  expect(exit).toEqual({ code: 0 });
  expect(entries(stdout).at(-1)).toMatchObject({ msg: 'last count', daemon: 'counter' });
});

it('and says what is wrong with its settings, as on Node', async () => {
  const wrong = await (await scripts.startFile(counter, { daemon: { config: { fil: 'x' } } })).end();
  expect(wrong.exit).toEqual({ code: 78 });
  expect(entries(wrong.stderr)[0]?.msg).toMatch(/^Invalid config of daemon daemon: file: .*Unrecognized key/);
  const denied = await (await scripts.startFile(counter, { daemon: { config } })).end();
  expect(denied.exit).toEqual({ code: 1 });
  expect(denied.stderr).toContain('Cannot read settings from /data/counter.json: EACCES');
});
