// Installs what the tests need beside Node, on Debian as root; elsewhere it names what is missing and goes on.
import { access, constants, rm, writeFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { execa } from 'execa';

/** Program or file -> Debian package. musl-gcc rebuilds the prebuilt programs to compare them. */
const needed = { strace: 'strace', 'musl-gcc': 'musl-tools', perl: 'perl-base', bash: 'bash' };
// A real systemd is booted in namespaces (docs/testing-systemd.md). macOS has none, and needs none.
if (process.platform === 'linux')
  Object.assign(needed, {
    '/usr/lib/systemd/systemd': 'systemd',
    '/usr/lib/systemd/system/dbus.service': 'dbus',
    '/usr/lib/systemd/user/dbus.socket': 'dbus-user-session',
    '/usr/share/pam-configs/systemd': 'libpam-systemd',
    nsenter: 'util-linux',
    // Private container engines (docs/testing-engines.md).
    '/usr/sbin/dockerd': 'docker.io',
    '/usr/bin/podman': 'podman',
    '/usr/bin/containerd': 'containerd',
    '/usr/sbin/runc': 'runc',
    ip: 'iproute2',
    // MicroVMs (docs/pepita.md). Their kernel is fetched by `pepita setup`, and is not installed.
    'qemu-system-x86_64': 'qemu-system-x86',
    'mkfs.ext4': 'e2fsprogs',
    mksquashfs: 'squashfs-tools',
    // WASM modules of the tests, from C.
    clang: 'clang',
    'wasm-ld': 'lld',
    '/usr/include/wasm32-wasi/stdio.h': 'wasi-libc',
    '/usr/share/doc/libclang-rt-dev-wasm32': 'libclang-rt-dev-wasm32',
  });

async function isThere(program) {
  const folders = isAbsolute(program) ? ['/'] : (process.env.PATH ?? '').split(delimiter);
  for (const folder of folders) {
    try {
      await access(join(folder, program), isAbsolute(program) ? constants.R_OK : constants.X_OK);
      return true;
    } catch {
      // Look further.
    }
  }
  return false;
}

/** Runs `install` while Debian's packages start no service: a test machine is not for serving. */
async function withoutServices(install) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' }).then(
    () => true,
    // The machine has its own rules already.
    () => false,
  );
  try {
    await install();
  } finally {
    if (ours) await rm(policy);
  }
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
  // --no-remove: libpam-systemd would replace another init system.
  await withoutServices(() => apt('install', '-y', '--no-install-recommends', '--no-remove', ...missing));
} else {
  console.log(`Not here: ${missing.join(', ')}. Tests that need them say so.`);
}
