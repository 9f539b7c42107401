import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface BlockDevice {
  /** `/dev/vda`. */
  readonly path: string;
  /** `major:minor`. */
  readonly number: string;
}

/** Each whole block device but loop and RAM disks, from sysfs(5): what I/O limits are set on. */
export function blockDevices(): BlockDevice[] {
  try {
    return readdirSync('/sys/block')
      .filter((name) => !/^(loop|ram|zram)/.test(name))
      .map((name) => ({
        path: `/dev/${name.replaceAll('!', '/')}`,
        number: readFileSync(`/sys/block/${name}/dev`, 'latin1').trim(),
      }));
  } catch {
    return [];
  }
}

/** The same by path, without those that have no device file here. */
export const blockDevicePaths = (): string[] =>
  blockDevices()
    .map(({ path }) => path)
    .filter((path) => existsSync(path));
