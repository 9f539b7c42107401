// Inside the booted systemd: one measurement in one scope, its rows as JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemdAdapter } from '@duende/systemd';
import type { Scope } from './machine.ts';
import { measurements, type Side } from './measurements.ts';

const [name = '', scope = 'system'] = process.argv.slice(2) as [string, Scope];
const measurement = measurements[name];
if (measurement === undefined)
  throw new Error(`No measurement ${name}. There are: ${Object.keys(measurements).join(', ')}`);
const stateDirectory = mkdtempSync(join(tmpdir(), 'duende-bench-'));
const adapter = new SystemdAdapter({ scope, stateDirectory });
const side: Side = {
  adapter,
  scope,
  spawn: (daemon) => adapter.spawn({ name: daemon, program: '/bin/sleep', args: ['100000'] }),
};
try {
  process.stdout.write(JSON.stringify(await measurement(side)));
} finally {
  for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
  await adapter.close();
  rmSync(stateDirectory, { recursive: true, force: true });
}
