import { dirname, resolve } from 'node:path';
import { PlatformError } from '@duende/core/contract';
import type { Kernel } from '../../kernel/kernel.ts';
import { setupKernel } from '../../kernel/setup-kernel.ts';
import { findQemu } from '../../qemu/find-qemu.ts';
import { adoptKernel, dropAdopted } from '../adopt-kernel.ts';
import type { Command, CommandContext } from '../command.ts';
import { withProgress } from '../progress.ts';
import { errorLine } from '../usage.ts';

export const command: Command = {
  name: 'setup',
  summary: 'Get a kernel for guests',
  options: [
    {
      name: 'kernel',
      value: 'FILE',
      kind: 'path',
      help: 'Take this vmlinux or bzImage, with virtio and EROFS built in, or a folder that setup made elsewhere; nothing is fetched',
    },
  ],
  details: [
    "Fetches the cloud kernel of this machine's Debian through apt, and unpacks it without installing it. Needs no root. " +
      'What is there already is not fetched again. Without --kernel a kernel that was given before is dropped.',
  ],
  examples: ['pepita setup', 'pepita setup --kernel ./vmlinux'],
  async run(context) {
    const { out, json } = context;
    const kernel = await getKernel(context);
    const missing = await findQemu().then(
      () => undefined,
      (error: unknown) => errorLine(error),
    );
    if (json)
      out.json({ kernel: { version: kernel.version, file: kernel.file }, ...(missing ? { missing } : {}) });
    else {
      out.print(`Guests have the kernel ${kernel.version}, in ${dirname(kernel.file)}`);
      if (missing) out.note(`pepita: It cannot be started yet: ${missing}`);
    }
    return undefined;
  },
};

async function getKernel({ args, cwd, stateDirectory, out }: CommandContext): Promise<Kernel> {
  const given = args.text('kernel');
  if (given !== undefined) return await adoptKernel(stateDirectory, resolve(cwd, given));
  try {
    const kernel = await withProgress(out, 'fetching the kernel', (say) =>
      setupKernel({ stateDirectory, onProgress: say }),
    );
    await dropAdopted(stateDirectory);
    return kernel;
  } catch (error) {
    if (PlatformError.isInstance(error) || !(error instanceof Error)) throw error;
    throw new PlatformError('SpawnFailed', `Cannot keep the kernel in ${stateDirectory}: ${error.message}`, {
      reason: 'engine-error',
      platform: 'pepita',
      operation: 'setup',
      hint: 'Give another folder (--state-dir, DUENDE_STATE_DIR)',
      cause: error,
    });
  }
}
