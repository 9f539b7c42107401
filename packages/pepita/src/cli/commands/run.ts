import { resolve } from 'node:path';
import type { DaemonHandle } from '@duende/core/contract';
import { Context } from '../../adapter/context.ts';
import { attach, Forwarder } from '../attach.ts';
import type { Command, CommandContext } from '../command.ts';
import { describeVm } from '../find-vm.ts';
import { onInterrupt } from '../interrupt.ts';
import { commonOptions } from '../option.ts';
import { withProgress } from '../progress.ts';
import { runOptions } from '../run-options.ts';
import { readRunSpec } from '../run-spec.ts';
import { usageError } from '../usage.ts';

export const command: Command = {
  name: 'run',
  summary: 'Run a program in a VM of its own',
  program: true,
  options: runOptions,
  details: [
    'Without --daemon it prints what the program says, passes SIGINT, SIGTERM and SIGHUP on to it, and ends with its exit code, ' +
      'or 128 and the number when a signal ended it. The third Ctrl-C kills the program. Its stdin is /dev/null.',
    'Without --rootfs the root is made of this machine: CMD, its libraries and interpreter, and each --file; nothing else is there.',
  ],
  examples: [
    'pepita run --rm -- uname -a',
    'pepita run --name web --memory 512M --daemon --publish 8080:80 -- /srv/web/server',
    'pepita run --name job --cpus 2 --file /srv/job -- node /srv/job/main.js',
    'pepita run --snapshot /backup/web --daemon',
  ],
  async run(context) {
    const { args, out } = context;
    const isAttached = !args.has('daemon');
    if (isAttached && context.json)
      throw usageError('--json goes with --daemon: the program prints what it likes');
    const start = starterOf(context);
    const forwarder = new Forwarder(context);
    using _ = isAttached ? onInterrupt((name) => forwarder.take(name)) : undefined;
    const handle = await start();
    if (!isAttached) {
      const vm = await describeVm(context.adapter, handle);
      if (context.json) out.json(vm);
      else out.print(`${handle.name} is running in ${vm.vmId} (CID ${vm.vsockCid})`);
      return undefined;
    }
    forwarder.begin(handle);
    context.outputClosed.addEventListener('abort', () => forwarder.send('TERM'), { once: true });
    if (context.outputClosed.aborted) forwarder.send('TERM');
    const code = await attach(context, handle);
    if (args.has('rm')) await context.adapter.remove(handle, { force: true });
    return code;
  },
};

/** Checks everything that can be checked before there is a VM. @throws PlatformError Config */
function starterOf(context: CommandContext): () => Promise<DaemonHandle> {
  const { args, adapter, out, cwd, stateDirectory } = context;
  const start = async (name: string, work: () => Promise<DaemonHandle>): Promise<DaemonHandle> => {
    const notes: string[] = [];
    try {
      return await withProgress(out, `starting ${name}`, async (say) => {
        context.onProgress = (message) => {
          say(message);
          notes.push(message);
        };
        return await work();
      });
    } finally {
      context.onProgress = undefined;
      const isTold = out.stderr.isTTY === true || args.has('verbose');
      if (isTold) for (const note of notes) out.note(`pepita: ${note}`);
    }
  };
  const folder = args.text('snapshot');
  if (folder === undefined) {
    const spec = readRunSpec(args, cwd);
    return () => start(spec.name, () => adapter.spawn(spec));
  }
  const allowed = ['snapshot', 'daemon', 'rm', ...commonOptions.map(({ name }) => name)];
  const extra = runOptions.find(({ name }) => args.has(name) && !allowed.includes(name));
  if (extra) throw usageError(`--${extra.name} does not go with --snapshot: the VM comes back as it was`);
  if (args.program) throw usageError('A program does not go with --snapshot: the VM comes back as it was');
  if (args.has('daemon') && args.has('rm')) throw usageError('--rm does not go with --daemon');
  return () =>
    start(folder, async () => {
      const { restoreSnapshot } = await import('../../snapshot/restore-snapshot.ts');
      const own = new Context({ stateDirectory });
      return await restoreSnapshot(own, resolve(cwd, folder)).finally(() => own.close());
    });
}
