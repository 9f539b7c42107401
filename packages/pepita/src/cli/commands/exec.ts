import { constants } from 'node:os';
import { PlatformError } from '@duende/core/contract';
import { DaemonStore } from '../../adapter/daemon-store.ts';
import type { GuestExit } from '../../adapter/guest-session.ts';
import { PepitaPaths } from '../../paths.ts';
import type { Command, CommandContext } from '../command.ts';
import { findVm } from '../find-vm.ts';
import { GuestExec } from '../guest-exec.ts';
import { interruptNumber, onInterrupt } from '../interrupt.ts';
import { nameOption } from '../option.ts';
import { exitCodes, quote, usageError } from '../usage.ts';

/** Of whoever says nothing else. */
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const command: Command = {
  name: 'exec',
  summary: 'Run another program in a VM',
  positionals: ['name'],
  needs: ['name'],
  program: true,
  options: [
    nameOption,
    {
      name: 'env',
      short: 'e',
      value: 'K=V',
      kind: 'variable',
      multiple: true,
      help: 'A variable of its environment',
    },
    { name: 'cwd', value: 'DIR', kind: 'path', help: 'Where it runs in the guest; / without it' },
    { name: 'user', short: 'u', value: 'UID[:GID]', kind: 'user', help: 'Run as this user; root without it' },
    { name: 'no-stdin', short: 'n', help: 'Its stdin is /dev/null' },
  ],
  details: [
    'Its exit code becomes that of pepita, 128 and the number when a signal ended it, 126 or 127 when it could not be executed.',
    'Ctrl-C goes to the program; whatever ends pepita ends it, too. The root of a guest has only what was packed into it.',
  ],
  examples: ['pepita exec --name web -- /bin/ps aux', 'tar c . | pepita exec --name web -- tar x -C /srv'],
  async run(context) {
    const { args } = context;
    const [program, ...rest] = args.program ?? [];
    if (program === undefined || program === '') {
      throw usageError('exec needs a program: -- CMD ARG...', `Example: ${command.examples[0]}`);
    }
    const run = await folderOf(context);
    const [uid = 0, gid = uid] = (args.text('user') ?? '0').split(':').map(Number);
    const variables = args.list('env').map((pair) => pair.slice(0, pair.indexOf('=')));
    const env = [...(variables.includes('PATH') ? [] : [`PATH=${usualPath}`]), ...args.list('env')];
    const exec = await GuestExec.start(run, {
      argv: [program, ...rest],
      cwd: args.text('cwd') ?? '/',
      env,
      uid,
      gid,
      stdin: args.has('no-stdin') ? undefined : process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      outputClosed: context.outputClosed,
    });
    using _ = onInterrupt((name) => exec.kill(interruptNumber(name)));
    context.outputClosed.addEventListener('abort', () => exec.kill(constants.signals.SIGPIPE), {
      once: true,
    });
    return exitCodeOf(context, program, await exec.exit);
  },
};

/** The folder of the bridge of a VM that runs. @throws PlatformError StatusFailed / not-running, not-found */
async function folderOf(context: CommandContext): Promise<string> {
  const { adapter, stateDirectory } = context;
  const handle = await findVm(context);
  const { state } = await adapter.status(handle);
  if (['running', 'starting', 'stopping'].includes(state))
    return new DaemonStore(new PepitaPaths(stateDirectory)).run(handle.name);
  const hint =
    state === 'paused'
      ? `Let it go on first: pepita resume --name ${handle.name}`
      : `pepita status --name ${handle.name} says more`;
  throw new PlatformError('StatusFailed', `Cannot run a program in ${handle.name}: it is ${state}`, {
    reason: 'not-running',
    platform: 'pepita',
    operation: 'exec',
    hint,
  });
}

function exitCodeOf({ out }: CommandContext, program: string, exit: GuestExit): number {
  if ('code' in exit) return exit.code;
  if ('signal' in exit) return 128 + exit.signal;
  const [name] = Object.entries(constants.errno).find(([, value]) => value === exit.errno) ?? [
    `error ${exit.errno}`,
  ];
  const isMissing = exit.errno === constants.errno.ENOENT;
  const why = isMissing ? 'it is not in the guest, or its interpreter or --cwd is not' : name;
  const hint = isMissing ? '. Pack it when the VM is started: pepita run --file PATH' : '';
  out.note(`pepita: Cannot execute ${quote(program)}: ${why}${hint}`);
  return isMissing ? exitCodes.noProgram : exitCodes.notExecutable;
}
