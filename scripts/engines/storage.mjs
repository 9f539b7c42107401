import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../systemd/command.mjs';

/** Whether overlay can be mounted with its layers in the folder: not where that is on an overlay itself. */
export async function hasOverlay(folder) {
  const probe = join(folder, 'overlay-probe');
  for (const name of ['lower', 'upper', 'work', 'merged'])
    mkdirSync(join(probe, name), { recursive: true, mode: 0o700 });
  const layers = `lowerdir=${probe}/lower,upperdir=${probe}/upper,workdir=${probe}/work`;
  const argv = ['mount', '-t', 'overlay', '-o', layers, 'duende-probe', `${probe}/merged`];
  const { exitCode, output } = await command(argv);
  if (exitCode === 0) await command(['umount', `${probe}/merged`]);
  else console.error(`No overlay in ${folder}, so images are copied whole (vfs): ${output}`);
  rmSync(probe, { recursive: true, force: true });
  return exitCode === 0;
}
