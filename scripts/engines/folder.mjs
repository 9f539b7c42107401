// One folder for each engine, named after the process that it belongs to, so that leftovers can be told.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { absent } from './places.mjs';
import { startTime } from './processes.mjs';
import { removeEngine } from './remains.mjs';

// On the machine's disk: on a file system in memory overlay works as well, but the images of a test run are large.
const parent = '/var/tmp';
const prefix = 'duende-engines-';

/** Removes what runs that were killed have left. */
export async function sweep() {
  for (const name of readdirSync(parent)) {
    const owner = /^duende-engines-(\d+)-(\d+)-/.exec(name);
    if (owner === null || startTime(owner[1]) === owner[2]) continue;
    console.error(`removing ${join(parent, name)}, left by a run that was killed`);
    // Another run may be at it as well.
    await removeEngine(join(parent, name)).catch((error) => console.error(error.message));
  }
}

/** A folder that nobody else can enter (0700). */
export function makeFolder() {
  const folder = mkdtempSync(join(parent, `${prefix}${process.pid}-${startTime(process.pid)}-`));
  note(folder, { places: absent() });
  return folder;
}

/** Keeps for `removeEngine` what is made outside the folder: `groups` (control groups), `links` (network), `places`. */
export function note(folder, more) {
  const file = join(folder, 'made.json');
  let known = {};
  try {
    known = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // The first.
  }
  writeFileSync(file, JSON.stringify({ ...known, ...more }));
}
