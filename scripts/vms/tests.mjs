// The tests of packages/pepita that need virtual machines. The machines are QEMU's; the tests themselves fetch the kernel.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command } from '../systemd/command.mjs';

const required = (process.env.DUENDE_REQUIRE ?? '').split(',').some((name) => name.trim() === 'pepita');
const programs = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));

/** Why there can be no virtual machine here; undefined when there can. */
function missing() {
  if (process.platform !== 'linux') return 'pepita is for Linux';
  const qemu = { x64: 'qemu-system-x86_64' }[process.arch];
  if (qemu === undefined) return `pepita's machine is that of x64, and this one is ${process.arch}`;
  const folders = (process.env.PATH ?? '').split(delimiter);
  if (!folders.some((folder) => existsSync(join(folder, qemu)))) return `there is no ${qemu}`;
  for (const tool of ['apt-get', 'dpkg-deb'])
    if (!folders.some((folder) => existsSync(join(folder, tool))))
      return `there is no ${tool} for fetching a kernel`;
  return undefined;
}

/**
 * Calls `add(title, exitCode, result)` when they have run, `result` being vitest's report. Where there can be no virtual machine,
 * says so in one line; that is an error when DUENDE_REQUIRE names pepita.
 */
export async function vmTests(args, add) {
  const why = missing();
  if (why !== undefined) {
    if (required) throw new Error(`no virtual machines: ${why}`);
    console.log(`\n── Not tested: microVMs, since ${why}`);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'duende-vms-report-'));
  try {
    const title = 'Tests of microVMs, with QEMU';
    console.log(`\n── ${title}`);
    const report = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const env = { ...process.env, PATH: `${programs}${delimiter}${process.env.PATH}` };
    const vitest = [
      'vitest',
      'run',
      '--project',
      'pepita-vms',
      '--no-file-parallelism',
      ...args,
      ...reporters,
    ];
    const { exitCode } = await command(vitest, { inherit: true, env });
    add(title, exitCode, JSON.parse(await readFile(report, 'utf8')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
