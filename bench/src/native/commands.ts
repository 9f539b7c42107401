import { runTimed } from '../commands.ts';
import { isMissing } from '../rivals/install.ts';
import type { Figure, Row } from '../row.ts';
import { interleave, percentile, summarise } from '../statistics.ts';
import { inParallel, type Native, type Sides, sleepProgram } from './setup.ts';

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

/** `duende ps` with more and more daemons, all of them running. The adapter is one of its own. */
export async function measurePs(native: Native): Promise<Row[]> {
  const rows: Row[] = [];
  const quick: [count: number, milliseconds: number][] = [];
  let spawned = 0;
  for (const count of [50, 250, 500]) {
    const names = Array.from({ length: count - spawned }, (_, index) => `ps-${spawned + index}`);
    await inParallel(names, 8, async (name) => native.track(await native.spawn(name)));
    spawned = count;
    const { ps } = await interleave({ ps: () => timePs(native, count) }, { rounds: 25, warmUp: 2 });
    const duende = summarise(ps);
    // What else the machine does only ever adds: the quick ones tell what a daemon costs.
    quick.push([count, percentile(ps, 0.1)]);
    rows.push({
      what: `ps, ${count} daemons`,
      unit: 'ms',
      duende,
      ...(count === 500 ? { target: { kind: 'value', atMost: 1000 } } : {}),
      how: '`duende ps --json` as a whole process, all daemons running',
    });
  }
  const [[few, fast], [some, middle], [many, slow]] = quick as [
    [number, number],
    [number, number],
    [number, number],
  ];
  const perDaemon = (from: number, to: number, first: number, last: number): Figure =>
    // Below 10 us a daemon the difference is noise, and flat is linear enough.
    summarise([Math.max(0.01, (last - first) / (to - from)) * 1000]);
  rows.push({
    what: 'ps, each further daemon',
    unit: 'us',
    duende: perDaemon(some, many, middle, slow),
    reference: { name: `${few} to ${some}`, figure: perDaemon(few, some, fast, middle) },
    target: { kind: 'ratio', atMost: 1.5 },
    how: `What each daemon from ${some} to ${many} adds, against each from ${few} to ${some}, by the quickest tenth of the runs: 1 is linear`,
  });
  await native.remove(await native.adapter.list());
  return rows;
}
