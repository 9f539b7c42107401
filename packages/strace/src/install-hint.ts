import { readFileSync } from 'node:fs';

const commands: readonly [RegExp, string][] = [
  [/^(?:debian|ubuntu)$/, 'apt-get install strace'],
  [/^(?:fedora|rhel|centos|amzn)$/, 'dnf install strace'],
  [/^alpine$/, 'apk add strace'],
  [/^(?:arch|archarm)$/, 'pacman -S strace'],
  [/^(?:suse|opensuse.*|sles)$/, 'zypper install strace'],
];

/** How to install strace, from the text of os-release(5). */
export function installHint(osRelease: string): string {
  const value = (name: string): string =>
    new RegExp(`^${name}=["']?([^"'\\n]*)`, 'm').exec(osRelease)?.[1]?.toLowerCase() ?? '';
  for (const id of [value('ID'), ...value('ID_LIKE').split(/\s+/)]) {
    const command = commands.find(([pattern]) => pattern.test(id))?.[1];
    if (command) return `Install it as root: ${command}`;
  }
  return 'Install the package strace of this system';
}

export function installHintHere(): string {
  for (const file of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      return installHint(readFileSync(file, 'utf8'));
    } catch {
      // The next place, as os-release(5) says.
    }
  }
  return installHint('');
}
