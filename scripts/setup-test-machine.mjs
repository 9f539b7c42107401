// Installs what the tests need beside Node, on Debian as root; elsewhere it names what is missing and goes on.
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';

/** Program -> Debian package. musl-gcc rebuilds the prebuilt programs to compare them. */
const needed = { strace: 'strace', 'musl-gcc': 'musl-tools', perl: 'perl-base', bash: 'bash' };

async function isThere(program) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      await access(join(folder, program), constants.X_OK);
      return true;
    } catch {
      // Look further.
    }
  }
  return false;
}

const missing = [];
for (const [program, name] of Object.entries(needed)) if (!(await isThere(program))) missing.push(name);
if (missing.length === 0) {
  console.log('Everything is there.');
} else if (process.platform === 'linux' && process.getuid() === 0 && (await isThere('apt-get'))) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    execa('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  console.log(`Installing ${missing.join(', ')}`);
  await apt('update');
  await apt('install', '-y', '--no-install-recommends', ...missing);
} else {
  console.log(`Not here: ${missing.join(', ')}. Tests that need them say so.`);
}
