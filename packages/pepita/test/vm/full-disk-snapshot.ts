/**
 * Runs in a mount namespace of its own: a VM is written to disks that have no room for it. What was said, what is left and what became of
 * the VM goes to stdout as JSON. `node full-disk-snapshot.ts STATE KERNEL`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { prebuiltProbe } from '@duende/conformance';
import { Context } from '../../src/adapter/context.ts';
import { PepitaAdapter } from '../../src/index.ts';
import { writeSnapshot } from '../../src/snapshot/write-snapshot.ts';
import { until } from './adapter-harness.ts';

const [base = '', kernel = ''] = process.argv.slice(2);
const stateDirectory = join(base, 'state');
const adapter = new PepitaAdapter({ stateDirectory, kernel, accel: 'tcg' });
const context = new Context({ stateDirectory, kernel, accel: 'tcg' });
const handle = await adapter.spawn({ name: 'web', program: prebuiltProbe() as string, args: ['trap'] });
const texts = async (): Promise<string[]> => {
  const found: string[] = [];
  for await (const { text } of adapter.logs(handle)) found.push(text);
  return found;
};
await until('ready', async () => (await texts()).includes('ready'));

async function writeTo(name: string, options: string) {
  const disk = join(base, name);
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
  const error = await writeSnapshot(context, handle, join(disk, 'snapshot')).then(
    () => 'written',
    (thrown: Error) => thrown.message,
  );
  return { error, left: readdirSync(disk), state: (await adapter.status(handle)).state };
}

const small = await writeTo('small', 'size=20m');
// There is room, but not for as many files: the disk is full when some are written.
const filled = await writeTo('filled', 'size=1g,nr_inodes=4');
await adapter.signal(handle, 'USR1');
await until('its answer', async () => (await texts()).includes('USR1'));
await adapter.remove(handle, { force: true });
await adapter.close();
await context.close();
console.log(JSON.stringify({ small, filled }));
