import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { configError, type Platform } from '@duende/core/contract';
import { isKernelPath, PathError, walk } from './host-path.ts';
import type { Packing } from './packing.ts';
import type { Owner, Tree } from './tree.ts';

/** Whom a daemon runs as in an image when nothing else is said. */
export const daemonUser: Owner = { uid: 65_532, gid: 65_532 };
const home = '/home/duende';

/** A line of /etc/passwd and one of /etc/group. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** The name of `gid`; that of the account without it. */
  readonly group?: string;
  /** `/` without it. */
  readonly home?: string;
}

const standard: readonly Account[] = [
  { name: 'root', uid: 0, gid: 0, home: '/root' },
  { name: 'duende', uid: daemonUser.uid, gid: daemonUser.gid, home },
  { name: 'nobody', uid: 65_534, gid: 65_534, group: 'nogroup' },
];

const isId = (id: number): boolean => Number.isInteger(id) && id >= 0 && id < 2 ** 32 - 1;

function checkAccount({ name, uid, gid, group, home }: Account, platform: Platform): void {
  const texts = [name, group ?? 'x', home ?? '/'];
  if (texts.every((text) => /^[^:\r\n\0]+$/.test(text)) && isId(uid) && isId(gid)) return;
  throw configError(`accounts: ${JSON.stringify(name)} cannot be a line of /etc/passwd`, {
    platform,
    operation: 'spawn',
    field: 'accounts',
    hint: 'Names must not have colons or line breaks; ids are from 0 to 4294967294',
  });
}

/** @throws PlatformError Config for an account that cannot be. */
function addAccounts(tree: Tree, accounts: readonly Account[], platform: Platform): void {
  const users = new Map<string, string>();
  const groups = new Map<string, string>();
  for (const account of [...accounts, ...standard]) {
    checkAccount(account, platform);
    const { name, uid, gid, group = name } = account;
    if (!users.has(name)) users.set(name, `${name}:x:${uid}:${gid}::${account.home ?? '/'}:/sbin/nologin\n`);
    if (!groups.has(group)) groups.set(group, `${group}:x:${gid}:\n`);
  }
  tree.content(tree.resolve('/etc/passwd'), 'base', [...users.values()].join(''));
  tree.content(tree.resolve('/etc/group'), 'base', [...groups.values()].join(''));
}

/** The certificates of Debian, Fedora, Alpine and openSUSE, and where OpenSSL looks for them by itself. */
const certificates = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/tls/cert.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
  '/usr/lib/ssl/cert.pem',
];

/** Packs a file when the host has it. */
function packOptional(path: string, { tree }: Packing): void {
  // Links that lead nowhere would be left in the tree.
  if (!existsSync(path)) return;
  try {
    const { real, stat } = walk(tree, path, 'base');
    if (stat.isFile() && !isKernelPath(real)) tree.file(real, 'base', stat);
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
  }
}

/** tzset(3): `:Area/City` is a file of the zone database; anything else describes itself. */
function zoneFile(zone: string | undefined): string | undefined {
  const name = zone?.replace(/^:/, '');
  if (name === undefined || !/^[\w+-]+(\/[\w+-]+)*$/.test(name)) return undefined;
  return posix.join('/usr/share/zoneinfo', name);
}

/**
 * The root file system around a program: accounts, name services, certificates, time zone, empty folders. It is made last, so
 * that a host where /home or /tmp is a link has it at the link's other end.
 */
export function addSkeleton(packing: Packing, accounts: readonly Account[], user: Owner): void {
  const { tree, env, platform } = packing;
  for (const path of certificates) packOptional(path, packing);
  packOptional('/etc/localtime', packing);
  const zone = zoneFile(env.TZ);
  if (zone !== undefined) packOptional(zone, packing);
  const folder = (path: string, mode: number, owner?: Owner): void =>
    tree.ownDirectory(tree.resolve(path), 'base', mode, owner);
  for (const path of ['/tmp', '/var/tmp']) folder(path, 0o1777);
  for (const path of ['/etc', '/home', '/run', '/var', '/dev']) folder(path, 0o755);
  for (const path of ['/proc', '/sys']) folder(path, 0o555);
  folder('/root', tree.has('/root') ? 0o755 : 0o700);
  folder(home, 0o755, user);
  tree.symlink('/var/run', 'base', '../run');
  tree.content(tree.resolve('/etc/nsswitch.conf'), 'base', 'passwd: files\ngroup: files\nhosts: files dns\n');
  addAccounts(tree, accounts, platform);
}
