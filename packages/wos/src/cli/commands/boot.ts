import type { Command } from '../command.ts';

export const command: Command = {
  name: 'boot',
  summary: 'Run the kernel in the foreground',
  options: [
    { name: 'threads', value: 'COUNT', kind: 'count', help: 'Kernel threads; one for each core without it' },
    {
      name: 'timeout',
      value: 'TIME',
      kind: 'duration',
      help: 'How long processes have to end when it is ended, before they are killed; 10s without it',
    },
  ],
  details: [
    'TERM and INT end all processes and the kernel; a second one kills what is left. Without boot, spawn starts a kernel in the background, which ends after a minute without processes and clients. There is one kernel for each state folder.',
  ],
  examples: ['wos-ctl boot', 'wos-ctl boot --threads 4'],
  async run({ args, out, json, stateDirectory }) {
    const [{ Wosd }, { tellLost }, { parseDuration }] = await Promise.all([
      import('../../wosd/wosd.ts'),
      import('../../wosd/recover.ts'),
      import('@duende/core/contract'),
    ]);
    const wosd = await Wosd.start({ stateDirectory, threads: args.number('threads') });
    await wosd.booted;
    const timeout = parseDuration(args.text('timeout') ?? '10s') ?? 0;
    let asked = false;
    const end = () => {
      // Who asks twice does not want to wait.
      if (asked) wosd.killAll();
      asked = true;
      void wosd.shutdown({ timeout });
    };
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, end);
    const lost = tellLost(wosd.lost);
    if (lost !== undefined) out.note(`wos-ctl: ${lost}`);
    if (json) out.json({ pid: process.pid, lost: wosd.lost });
    else out.print(`The kernel runs, with PID ${process.pid}`);
    await wosd.closed;
    return undefined;
  },
};
