import type { DaemonSpec } from '@duende/core/contract';
import type { Scope } from '../scope.ts';
import { capabilityMask } from './capability.ts';
import { flag, other, quoteWord, type Setting, text, words } from './setting.ts';

/** Folders that `private` hides, systemd.exec(5), ProtectHome and PrivateTmp. */
const hidden = ['/home', '/root', '/run/user', '/tmp', '/var/tmp'];

export const isHidden = (path: string): boolean =>
  hidden.some((folder) => path === folder || path.startsWith(`${folder}/`));

/** Binds paths over what hides them. `-`: one that does not exist is no error. */
function bind(key: 'BindPaths' | 'BindReadOnlyPaths', paths: readonly string[]): Setting[] {
  if (paths.length === 0) return [];
  const recursive = 16_384n; // MS_REC
  const value = paths.map((path) => [path, path, false, recursive]);
  return [other(key, paths.map(quoteWord).join(' '), { name: key, signature: 'a(ssbt)', value })];
}

function filesystem({ sandbox }: DaemonSpec, needed: readonly string[]): Setting[] {
  const { mode = 'host', writable = [] } = sandbox.filesystem ?? {};
  if (mode === 'host') return [];
  const isPrivate = mode === 'private';
  const open = isPrivate ? writable.filter((path) => !isHidden(path)) : writable;
  return [
    text('ProtectSystem', 'strict'),
    ...(open.length > 0 ? [words('ReadWritePaths', open)] : []),
    ...(isPrivate ? [text('ProtectHome', 'tmpfs'), flag('PrivateTmp', true)] : []),
    ...(isPrivate ? bind('BindPaths', writable.filter(isHidden)) : []),
    ...(isPrivate ? bind('BindReadOnlyPaths', needed.filter(isHidden)) : []),
    flag('PrivateDevices', true),
    ...['ProtectKernelTunables', 'ProtectKernelModules', 'ProtectKernelLogs', 'ProtectControlGroups'].map(
      (key) => flag(key, true),
    ),
  ];
}

function capabilities(names: readonly string[] | undefined, asOther: boolean): Setting[] {
  if (names === undefined) return [];
  const set = (key: string): Setting =>
    other(key, names.join(' '), { name: key, signature: 't', value: capabilityMask(names) });
  // Another user than root loses them all at setuid(2) unless they are ambient.
  return [set('CapabilityBoundingSet'), ...(asOther && names.length > 0 ? [set('AmbientCapabilities')] : [])];
}

function seccomp(filter: DaemonSpec['sandbox']['seccomp'], scope: Scope): Setting[] {
  if (filter === undefined) return [];
  const isDefault = filter === 'default';
  const calls = isDefault ? ['@system-service'] : filter.deny;
  const list: Setting = other('SystemCallFilter', `${isDefault ? '' : '~'}${calls.join(' ')}`, {
    name: 'SystemCallFilter',
    signature: '(bas)',
    value: [isDefault, calls],
  });
  const refusal = { name: 'SystemCallErrorNumber', signature: 'i', value: 1 };
  return [
    list,
    // Denied calls fail, as they do in containers; without it the program is killed.
    other('SystemCallErrorNumber', 'EPERM', refusal),
    ...(isDefault ? defaultHardening(scope) : []),
  ];
}

/** What belongs to a filter of calls: their other ABIs, and what a few calls do with certain arguments. */
function defaultHardening(scope: Scope): Setting[] {
  // They take capabilities away, which only root may; nobody else could set clock or name anyway.
  const ofRoot = scope === 'system' ? ['ProtectClock', 'ProtectHostname'] : [];
  return [
    words('SystemCallArchitectures', ['native']),
    ...['RestrictRealtime', 'RestrictSUIDSGID', 'LockPersonality', ...ofRoot].map((key) => flag(key, true)),
    other('RestrictNamespaces', 'yes', { name: 'RestrictNamespaces', signature: 't', value: 0n }),
  ];
}

/** systemd.exec(5), "Sandboxing" and "Capabilities". `needed`: what the unit must see in any sandbox. Pure. */
export function sandboxSettings(spec: DaemonSpec, scope: Scope, needed: readonly string[]): Setting[] {
  const { sandbox, user } = spec;
  const isolates = (sandbox.filesystem?.mode ?? 'host') !== 'host' || sandbox.network === 'none';
  return [
    // A user manager may make namespaces only inside a user namespace of its own.
    ...(scope === 'user' && isolates ? [flag('PrivateUsers', true)] : []),
    ...filesystem(spec, needed),
    ...(sandbox.network === 'none' ? [flag('PrivateNetwork', true)] : []),
    ...capabilities(
      sandbox.capabilities,
      scope === 'system' && user !== undefined && user !== 'root' && user !== 0,
    ),
    // A filter that is set without privileges takes it; v252 fails to see that in a user manager (status 218).
    ...(sandbox.noNewPrivileges || (scope === 'user' && sandbox.seccomp !== undefined)
      ? [flag('NoNewPrivileges', true)]
      : []),
    ...seccomp(sandbox.seccomp, scope),
  ];
}
