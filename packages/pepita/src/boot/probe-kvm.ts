import { access, constants, readFile, writeFile } from 'node:fs/promises';
import { bootId } from '@duende/program';
import { codeOf, messageOf } from '../fail.ts';
import { sha256 } from '../hash.ts';
import type { PepitaPaths } from '../paths.ts';
import type { VmConfig } from '../qemu/vm-config.ts';
import type { Vmm } from '../qemu/vmm.ts';
import { publish } from '../store.ts';
import { kvmDevice } from '../vmm-rest/kvm-device.ts';
import { awaitAgent } from './await-agent.ts';
import { ownVmId } from './own-vm-id.ts';

/** Whether guests may use KVM here. */
export type KvmVerdict = { readonly works: true } | { readonly works: false; readonly why: string };

export interface ProbeKvmOptions {
  readonly vmm: Vmm;
  readonly paths: PepitaPaths;
  /** All of the VMM's version line. */
  readonly vmmVersion: string;
  readonly kernelKey: string;
  /** Of any small guest. */
  readonly config: Omit<VmConfig, 'accel'>;
  /** Another device than /dev/kvm. */
  readonly device?: string | undefined;
}

/** Milliseconds for a boot that takes less than a tenth of it where KVM works. */
const deadline = 5000;

/** What a verdict is good for: this boot of the host, this VMM, this kernel. */
const keyOf = ({ vmmVersion, kernelKey }: ProbeKvmOptions): string =>
  sha256(JSON.stringify([1, bootId(), vmmVersion, kernelKey]));

async function readVerdict(file: string, key: string): Promise<KvmVerdict | undefined> {
  try {
    const found = JSON.parse(await readFile(file, 'utf8'));
    if (found.key !== key || typeof found.works !== 'boolean') return undefined;
    return found.works ? { works: true } : { works: false, why: String(found.why) };
  } catch {
    return undefined;
  }
}

/** Why the device cannot even be opened. */
async function refusal(device: string): Promise<string | undefined> {
  try {
    await access(device, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    return codeOf(error) === 'EACCES'
      ? `${device} is not for this user (group kvm)`
      : `there is no ${device}`;
  }
}

async function tryBoot({ vmm, paths, config }: ProbeKvmOptions): Promise<KvmVerdict> {
  const vmId = ownVmId('probe');
  try {
    await vmm.start(vmId, { ...config, accel: 'kvm', cpu: undefined });
    await awaitAgent({ vmm, vmId, paths, deadline });
    return { works: true };
  } catch (error) {
    return { works: false, why: `a guest does not boot with it: ${messageOf(error)}` };
  } finally {
    await vmm.remove(vmId);
  }
}

/**
 * Boots a guest with KVM: that /dev/kvm is there proves nothing, on some machines QEMU fails an assertion, on others the guest hangs.
 * The verdict is kept until the host or the VMM or the kernel changes. Takes five seconds at most. Never rejects.
 */
export async function probeKvm(options: ProbeKvmOptions): Promise<KvmVerdict> {
  const why = await refusal(options.device ?? kvmDevice);
  if (why !== undefined) return { works: false, why };
  const key = keyOf(options);
  const file = options.paths.kvmVerdict(options.vmm.kind);
  const known = await readVerdict(file, key);
  if (known) return known;
  const verdict = await tryBoot(options).catch(
    (error: unknown): KvmVerdict => ({ works: false, why: messageOf(error) }),
  );
  const text = `${JSON.stringify({ key, ...verdict })}\n`;
  // On a full disk it is found out again next time.
  await publish(file, (temporary) => writeFile(temporary, text, { mode: 0o600 })).catch(() => undefined);
  return verdict;
}

/** One line for whoever starts a VM. `undefined` when there is nothing to say. */
export const kvmWarning = (verdict: KvmVerdict): string | undefined =>
  verdict.works ? undefined : `Guests run without KVM, many times slower: ${verdict.why}`;
