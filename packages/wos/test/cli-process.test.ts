import { expect, it } from 'vitest';
import { until } from './support/kernel.ts';
import { describeWithPrograms, program } from './support/programs.ts';
import { useWos } from './support/wosd.ts';

const makeWos = useWos();

describeWithPrograms('wos-ctl as a program', () => {
  const wos = makeWos();

  it('spawn --wait boots the kernel, prints both streams, and ends as the process does', async () => {
    const streams = await wos.process(['spawn', '--wait', '--wasm', program('basics'), '--', 'streams'])
      .ended;
    expect(streams).toMatchObject({ code: 0, stdout: 'out\nunfinished\n', stderr: 'err\n' });
    const seven = await wos.process(['spawn', '--wait', '--wasm', program('basics'), '--', 'exit', '7'])
      .ended;
    expect(seven).toMatchObject({ code: 7, stdout: '', stderr: '' });
    const trap = await wos.process(['spawn', '--wait', '--wasm', program('basics'), '--', 'divide']).ended;
    expect(trap).toMatchObject({ code: 136, stdout: '' });
    expect(trap.stderr).toBe('wos-ctl: basics was ended by SIGFPE: divide by zero\n');
  });

  it('spawn --isolation process runs it in an OS process of its own, and passes on how that was killed', async () => {
    const run = wos.process(
      [
        'spawn',
        '--wait',
        '--isolation',
        'process',
        '--name',
        'alone',
        '--wasm',
        program('basics'),
        '--',
      ].concat('count'),
    );
    await until('it counts', () => run.text.stdout.includes('tick 3'));
    const kernel = await wos.connect();
    const { pid } = await kernel.request('status', { name: 'alone' });
    await kernel.request('signal', { pid, signal: 'KILL' });
    expect(await run.ended).toMatchObject({ code: 137, stderr: 'wos-ctl: alone was ended by SIGKILL\n' });
  });

  it('passes Ctrl-C on, and the third one kills', async () => {
    const run = wos.process([
      'spawn',
      '--wait',
      '--name',
      'trap',
      '--wasm',
      program('signals'),
      '--',
      'trap',
    ]);
    await until('it is ready', () => run.text.stdout.includes('ready'));
    const kernel = await wos.connect();
    const activity = async () => (await kernel.request('status', { name: 'trap' })).activity;
    for (const round of [1, 2]) {
      // It tells only of signals that interrupt its sleep.
      await expect.poll(activity).toBe('sleeping');
      run.child.kill('SIGINT');
      await until('it is passed on', () => run.text.stdout.split('INT -1 EINTR').length > round);
    }
    run.child.kill('SIGINT');
    expect(await run.ended).toMatchObject({ code: 137, stderr: 'wos-ctl: trap was ended by SIGKILL\n' });
  });

  it('a kernel in the foreground ends all it runs when it is told to', async () => {
    const own = makeWos();
    const kernel = own.process(['boot', '--threads', '1', '--timeout', '5s']);
    await until('it is booted', () => kernel.text.stdout.includes('The kernel runs, with PID'));
    const { pid } = JSON.parse(
      (await own.ctl(['spawn', '--json', '--name', 'sleeps', '--wasm', program('basics'), '--', 'sleep']))
        .stdout,
    );
    const second = await own.ctl(['boot']);
    expect(second).toMatchObject({ code: 1 });
    expect(second.stderr).toContain(`A kernel runs already in ${own.base}, with PID ${kernel.child.pid}`);
    kernel.child.kill('SIGTERM');
    expect(await kernel.ended).toMatchObject({ code: 0, signal: null });
    expect(JSON.parse((await own.ctl(['status', '--json', String(pid)])).stdout)).toMatchObject({
      state: 'ended',
      exit: { signal: 'SIGTERM' },
    });
  });
});
