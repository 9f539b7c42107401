import { readdirSync, readFileSync } from 'node:fs';

/** `major:minor` of each whole block device but loop and RAM disks, from sysfs(5): what I/O limits are set on. */
export function blockDevices(): string[] {
  try {
    return readdirSync('/sys/block')
      .filter((name) => !/^(loop|ram|zram)/.test(name))
      .map((name) => readFileSync(`/sys/block/${name}/dev`, 'latin1').trim());
  } catch {
    return [];
  }
}
