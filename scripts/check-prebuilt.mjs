// The committed programs under prebuilt/ are those that the committed sources make: by hash everywhere, and by building them
// again, byte for byte, where the compiler of the same version is. `check-prebuilt.mjs [--write] [NAME...]`
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { execa } from 'execa';

const programs = [
  { sources: 'packages/native/supervisor', prebuilt: 'packages/native/prebuilt', name: 'duende-supervise' },
  { sources: 'packages/systemd/unit', prebuilt: 'packages/systemd/prebuilt', name: 'duende-unit' },
  {
    sources: 'packages/container/init',
    // What it takes from the native supervisor.
    others: /^(config|control|health|life|logs|notify|supervise|tree|util)\.[ch]$/,
    from: 'packages/native/supervisor',
    prebuilt: 'packages/container/prebuilt',
    name: 'duende-init',
  },
  ...['duende-agent', 'duende-bridge'].map((name) => ({
    sources: 'packages/pepita/agent',
    others:
      /^(config|control|health|life|loop|loopback|logs|main|notify|report|room|signals|state|supervise|tree|util|init)\.[ch]$/,
    from: ['packages/container/init', 'packages/native/supervisor'],
    prebuilt: 'packages/pepita/prebuilt',
    name,
    manifest: `${name}.json`,
  })),
];

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

async function addSources(hash, folder, wanted) {
  const names = (await readdir(folder)).filter((name) => wanted.test(name)).sort();
  for (const name of names)
    hash
      .update(`${name}\0`)
      .update(await readFile(`${folder}/${name}`))
      .update('\0');
}

async function hashSources({ sources, from, others }) {
  const hash = createHash('sha256');
  await addSources(hash, sources, /\.(c|h|sh)$/);
  for (const folder of [from ?? []].flat()) await addSources(hash, folder, others);
  return hash.digest('hex');
}

const write = process.argv.includes('--write');
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
let wrong = 0;
for (const program of programs) {
  const { sources, prebuilt, name } = program;
  if (only.length > 0 && !only.includes(name)) continue;
  const manifestFile = `${prebuilt}/${program.manifest ?? 'manifest.json'}`;
  const targets = (await readdir(prebuilt, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const manifest = { sources: await hashSources(program), programs: {} };
  for (const target of targets)
    manifest.programs[target] = sha256(await readFile(`${prebuilt}/${target}/${name}`));
  if (write) {
    const { writeFile } = await import('node:fs/promises');
    await writeFile(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
    continue;
  }
  const committed = JSON.parse(await readFile(manifestFile, 'utf8'));
  if (JSON.stringify(committed) !== JSON.stringify(manifest)) {
    console.log(
      `${prebuilt} does not belong to ${sources}: run ${sources}/build.sh, then node scripts/check-prebuilt.mjs --write ${name}`,
    );
    wrong += 1;
  }
  for (const target of targets) {
    const { stdout, failed } = await execa(
      `${sources}/build.sh`,
      [target.replace('linux-', ''), '--to-stdout', name],
      { encoding: 'buffer', reject: false },
    );
    if (failed) console.log(`${target}: no compiler here, compared by hash only`);
    else if (sha256(stdout) !== manifest.programs[target]) {
      console.log(`${target}: building ${name} again gives other bytes (another compiler version?)`);
      wrong += 1;
    } else console.log(`${target}: ${name} is what its sources make`);
  }
}
process.exit(wrong > 0 ? 1 : 0);
