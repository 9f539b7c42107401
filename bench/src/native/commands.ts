import { runTimed } from '../commands.ts';
import type { BenchContext } from '../context.ts';
import { isMissing } from '../rivals/install.ts';
import type { Figure, Row } from '../row.ts';
import { interleave, percentile, summarise } from '../statistics.ts';
import { inParallel, type Native, openNative, type Sides, sleepProgram } from './setup.ts';

/** `duende status` as a whole process, against the least that any Node program takes. */
export async function measureStatusCommand({ native, pm2, s6, supervisord }: Sides): Promise<Row[]> {
  const handle = await native.spawn('asked');
  const service = isMissing(s6) ? '' : await s6.supervise('asked', [sleepProgram, '100000'], true);
  const sides: Record<string, () => Promise<number>> = {
    duende: async () => {
      const { milliseconds, stdout } = await native.run('status', 'asked', '--json');
      const { status } = JSON.parse(stdout) as { status?: { state?: string } };
      if (status?.state !== 'running') throw new Error(`status printed ${stdout.slice(0, 200)}`);
      return milliseconds;
    },
    node: async () => (await runTimed(process.execPath, ['-e', '0'])).milliseconds,
  };
  if (!isMissing(pm2)) sides.pm2 = async () => (await pm2.run('jlist')).milliseconds;
  if (service) sides.s6 = async () => (await runTimed('s6-svstat', [service])).milliseconds;
  if (!isMissing(supervisord)) {
    sides.supervisord = async () => (await supervisord.control('pid')).milliseconds;
  }
  const values = await interleave(sides, { rounds: 60, warmUp: 5, every: { pm2: 3, supervisord: 3 } });
  await native.remove([handle]);
  if (!isMissing(s6)) await s6.control('-xd', service);
  const figure = (name: string, side: unknown): Figure =>
    isMissing(side) ? side : summarise(values[name] ?? []);
  return [
    {
      what: 'status command',
      unit: 'ms',
      duende: figure('duende', native),
      reference: { name: 'node -e 0', figure: figure('node', native) },
      target: { kind: 'ratio', atMost: 1.6 },
      rivals: {
        pm2: figure('pm2', pm2),
        s6: figure('s6', s6),
        supervisord: figure('supervisord', supervisord),
      },
      how: '`duende status NAME --json`, `pm2 jlist`, `s6-svstat` and `supervisorctl pid`, as whole processes on the same Node',
    },
  ];
}

async function timePs(native: Native, daemons: number): Promise<number> {
  const { milliseconds, stdout } = await native.run('ps', '--json');
  const list = JSON.parse(stdout) as { status?: { state?: string } }[];
  const running = list.filter((entry) => entry.status?.state === 'running').length;
  if (running !== daemons) throw new Error(`ps told of ${running} running daemons, of ${daemons}`);
  return milliseconds;
}

const counts = { few: 50, some: 250, many: 500 } as const;
type Size = keyof typeof counts;

/** A side for each count: they run at once, so that `ps` of all three can be measured in turn. */
async function populate(context: BenchContext, count: number): Promise<() => Promise<number>> {
  const native = openNative(context, `state-ps-${count}`);
  const names = Array.from({ length: count }, (_, index) => `ps-${index}`);
  await inParallel(names, 8, async (name) => native.track(await native.spawn(name)));
  return () => timePs(native, count);
}

/** `duende ps` with more and more daemons, all of them running. */
export async function measurePs(context: BenchContext): Promise<Row[]> {
  const few = await populate(context, counts.few);
  const some = await populate(context, counts.some);
  const many = await populate(context, counts.many);
  const values = await interleave({ few, some, many }, { rounds: 30, warmUp: 2 });
  const row = (size: Size): Row => ({
    what: `ps, ${counts[size]} daemons`,
    unit: 'ms',
    duende: summarise(values[size]),
    how: '`duende ps --json` as a whole process, all daemons running',
  });
  // What else the machine does only ever adds: the quick runs tell what a daemon costs.
  const quick = (size: Size): number => percentile(values[size], 0.1);
  const perDaemon = (from: Size, to: Size): Figure =>
    summarise([((quick(to) - quick(from)) / (counts[to] - counts[from])) * 1000]);
  return [
    row('few'),
    row('some'),
    { ...row('many'), target: { kind: 'value', atMost: 1000 } },
    {
      what: 'ps, each further daemon',
      unit: 'us',
      duende: perDaemon('some', 'many'),
      reference: { name: `${counts.few} to ${counts.some}`, figure: perDaemon('few', 'some') },
      target: { kind: 'ratio', atMost: 1.5 },
      how: `What each daemon from ${counts.some} to ${counts.many} adds, against each from ${counts.few} to ${counts.some}, by the quickest tenth of the runs: 1 is linear`,
    },
  ];
}
