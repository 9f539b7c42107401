import { existsSync, readdirSync } from 'node:fs';

/** Each whole block device but loop and RAM disks (sysfs(5)): what I/O limits are set on. */
export function blockDevices(): string[] {
  try {
    return readdirSync('/sys/block')
      .filter((name) => !/^(loop|ram|zram)/.test(name))
      .map((name) => `/dev/${name.replaceAll('!', '/')}`)
      .filter((path) => existsSync(path));
  } catch {
    return [];
  }
}
