import { expect, it } from 'vitest';
import type { TraceEvent } from '../src/kernel/index.ts';
import { sleep, until, useKernel } from './support/kernel.ts';
import { describeWithPrograms, temporaryFolder } from './support/programs.ts';

describeWithPrograms('a trace', () => {
  const test = useKernel();
  const folder = temporaryFolder();

  it('shows each call with arguments, result, error and time, and ends without a trace', async () => {
    const count = await test.start('basics', ['count']);
    const events: TraceEvent[] = [];
    const detach = test.kernel.trace(count.pid, (more) => events.push(...more));
    await until('three ticks are traced', () => events.filter(({ call }) => call === 'fd_write').length >= 3);
    detach();
    await sleep(50);
    const seen = events.length;
    const write = events.find(({ call }) => call === 'fd_write');
    expect(write).toMatchObject({ pid: count.pid, call: 'fd_write', args: { fd: 1, count: 2 }, result: 0 });
    expect(write).not.toHaveProperty('error');
    expect(Math.abs((write?.time ?? 0) - Date.now())).toBeLessThan(20_000);
    const slept = events.find(({ call, duration }) => call === 'poll_oneoff' && duration > 15);
    expect(slept).toMatchObject({ result: 0, args: { count: 1 } });
    await count.says(`tick ${count.stdout.split('\n').length + 2}`);
    expect(events).toHaveLength(seen);
    test.kernel.signal(count.pid, 'KILL');
    await count.end();
  });

  it('shows paths, and the names of errors', async () => {
    const capabilities = { preopens: [{ guest: '/data', host: folder, write: false }] };
    const events: TraceEvent[] = [];
    // Stopped before it begins: nothing is missed.
    const idle = await test.start('mail', ['receive', '1'], { capabilities });
    const detach = test.kernel.trace(idle.pid, (more) => events.push(...more));
    expect(() => test.kernel.trace(idle.pid, () => {})).toThrow('is traced already');
    test.kernel.send(idle.pid, new TextEncoder().encode('x'));
    await idle.end();
    detach();
    expect(events.at(-1)).toMatchObject({ call: 'fd_write', result: 0 });
    const many = await test.start(
      'files',
      Array.from({ length: 3000 }, (_, index) => `read:/data/none-${index}`),
      { capabilities },
    );
    const opens: TraceEvent[] = [];
    const stop = test.kernel.trace(many.pid, (more) =>
      opens.push(...more.filter(({ call }) => call === 'path_open')),
    );
    await many.end();
    stop();
    expect(opens.at(-1)).toMatchObject({ args: { path: 'none-2999' }, result: 44, error: 'NoEntry' });
  });

  it('is refused for what is not there', () => {
    expect(() => test.kernel.trace(999_999, () => {})).toThrow(
      expect.objectContaining({ reason: 'not-found' }),
    );
  });
});
