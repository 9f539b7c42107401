import { type Beat, makeBeat } from '../beat.ts';
import type { BenchContext } from '../context.ts';
import { isMissing } from '../rivals/install.ts';
import type { Figure, Row } from '../row.ts';
import { interleave, summarise } from '../statistics.ts';
import type { Sides } from './setup.ts';

export async function measureRestart(
  context: BenchContext,
  { native, pm2, s6, supervisord }: Sides,
  beatOfSupervisord: Beat,
): Promise<Row[]> {
  const beats: Record<string, Beat> = { duende: await makeBeat(context, 'duende') };
  const handle = await native.adapter.spawn({
    name: 'beat',
    program: beats.duende?.script ?? '',
    restart: { policy: 'always', delay: 0, maxRestarts: 0 },
  });
  await native.track(handle);
  if (!isMissing(pm2)) {
    beats.pm2 = await makeBeat(context, 'pm2');
    await pm2.start('beat', beats.pm2.script);
  }
  if (!isMissing(s6)) {
    beats.s6 = await makeBeat(context, 's6');
    await s6.supervise('beat', [beats.s6.script], true);
  }
  if (!isMissing(supervisord)) {
    beats.supervisord = beatOfSupervisord;
    await supervisord.control('start', 'beat');
  }
  for (const beat of Object.values(beats)) await beat.started();
  const sides = Object.fromEntries(
    Object.entries(beats).map(([name, beat]) => [name, () => beat.killAndMeasure()]),
  );
  const values = await interleave(sides, { rounds: 50, warmUp: 1, every: { pm2: 2, s6: 5, supervisord: 5 } });
  const status = await native.adapter.status(handle);
  if (status.restarts < 50) throw new Error(`${status.restarts} restarts were counted, of at least 50`);
  await native.remove([handle]);
  if (!isMissing(pm2)) await pm2.run('delete', 'beat');
  if (!isMissing(s6)) await s6.control('-xd', `${s6.folder}/beat`);
  if (!isMissing(supervisord)) await supervisord.control('stop', 'beat');
  const figure = (name: string, side: unknown): Figure =>
    isMissing(side) ? side : summarise(values[name] ?? []);
  return [
    {
      what: 'restart after SIGKILL',
      unit: 'ms',
      duende: summarise(values.duende ?? []),
      target: { kind: 'value', atMost: 15 },
      rivals: {
        pm2: figure('pm2', pm2),
        s6: figure('s6', s6),
        supervisord: figure('supervisord', supervisord),
      },
      how: 'From the kill until the next run of the same shell script has written its process id to a pipe; delay 0; every run was left alive for 1.1 s first',
    },
  ];
}
