import { configError, type DaemonSpec } from '@duende/core/contract';
import { type VmmKind, vmmTitles } from '../vmm-rest/vmm-kind.ts';
import { type PepitaSettings, settingsSchema } from './settings.ts';
import { vcpusOf } from './vcpus.ts';

const wrong = (field: string, message: string, hint?: string) =>
  configError(`${field}: ${message}`, { field, platform: 'pepita', operation: 'spawn', hint });

function checkRootfs(spec: DaemonSpec, { rootfs, files }: PepitaSettings): void {
  if (rootfs === undefined) return;
  if ('module' in spec) {
    throw wrong(
      'platform.pepita.rootfs',
      'a module runs in a root that is made of it',
      'Leave it out, or give a program',
    );
  }
  if (files.length > 0) {
    throw wrong(
      'platform.pepita.files',
      'files are packed only into a root that is made here, not into a given one',
    );
  }
  for (const field of ['user', 'group'] as const) {
    const value = spec[field];
    if (value === undefined || /^\d+$/.test(String(value))) continue;
    throw wrong(field, `the accounts of ${rootfs} are not known here`, 'Give a number');
  }
}

function checkNetwork({ sandbox }: DaemonSpec, { network, ports }: PepitaSettings): void {
  if (network !== undefined && sandbox.network !== undefined) {
    const asked = sandbox.network === 'host' ? 'user' : 'none';
    if (asked !== network) {
      throw wrong('platform.pepita.network', `contradicts sandbox.network, which is ${sandbox.network}`);
    }
  }
  if (ports.length > 0 && (network === 'none' || sandbox.network === 'none')) {
    throw wrong('platform.pepita.ports', 'a guest without a network has no ports');
  }
  const taken = new Set<string>();
  for (const [index, { guest, host = guest, protocol }] of ports.entries()) {
    const key = `${protocol} ${host}`;
    if (taken.has(key)) throw wrong(`platform.pepita.ports[${index}].host`, `${host} leads to two ports`);
    taken.add(key);
  }
}

function checkFilesystem({ sandbox: { filesystem } }: DaemonSpec, { overlay }: PepitaSettings): void {
  const { mode, writable = [] } = filesystem ?? {};
  const bad = writable.findIndex((path) =>
    ['/', '/proc', '/sys', '/dev', '/run'].includes(path.replace(/\/+$/, '') || '/'),
  );
  if (bad >= 0) throw wrong(`sandbox.filesystem.writable[${bad}]`, `${writable[bad]} is the guest's own`);
  if (writable.length > 64) throw wrong('sandbox.filesystem.writable', 'a guest has 64 at most');
  if (mode === 'host' && !overlay) {
    throw wrong('platform.pepita.overlay', 'contradicts sandbox.filesystem.mode, which is host');
  }
}

/** Firecracker and cloud-hypervisor have no network in user mode, and a VM of theirs that died cannot be made again by its supervisor. */
function checkVmm(spec: DaemonSpec, { network, ports, vcpus, ...more }: PepitaSettings, vmm: VmmKind): void {
  if (vmm === 'qemu') return;
  const title = vmmTitles[vmm];
  const hint = 'Use QEMU: platform.pepita.vmm';
  if (network === 'user' || ports.length > 0) {
    const field = network === 'user' ? 'platform.pepita.network' : 'platform.pepita.ports';
    throw wrong(field, `${title} has no network in user mode`, hint);
  }
  if (spec.sandbox.network === 'host')
    throw wrong('sandbox.network', `${title} has no network in user mode`, hint);
  if (spec.restart.policy !== 'never') {
    throw wrong(
      'restart',
      `${title} does not start a VM again that has died, which ${spec.restart.policy} needs`,
      hint,
    );
  }
  const most = vmm === 'firecracker' ? 32 : 64;
  if (vcpusOf(spec, { vcpus, ...more }) > most) {
    throw wrong('platform.pepita.vcpus', `${title} gives a guest ${most} processors at most`, hint);
  }
}

/**
 * `platform.pepita` of a spec, checked.
 * @param usualVmm where the spec names none
 * @throws PlatformError Config / invalid-setting that names the field.
 */
export function readSettings(spec: DaemonSpec, usualVmm?: VmmKind): PepitaSettings {
  const result = settingsSchema.safeParse(spec.platform.pepita ?? {});
  if (!result.success) {
    const [issue] = result.error.issues;
    const path = issue?.path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
      .join('');
    throw wrong(`platform.pepita${path}`, issue?.message ?? 'is not valid');
  }
  const { vmm = usualVmm, ...others } = result.data;
  const settings = { ...others, ...(vmm === undefined ? {} : { vmm }) };
  checkRootfs(spec, settings);
  checkNetwork(spec, settings);
  checkFilesystem(spec, settings);
  checkVmm(spec, settings, vmm ?? 'qemu');
  return settings;
}
