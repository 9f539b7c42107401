import { describe, expect, test } from 'vitest';
import { messages, stackOf, startHost } from './run-host.ts';

describe('the lifecycle', () => {
  test('a run that only waits for the abort signal neither ends early nor hangs', async () => {
    const host = startHost('waits');
    await host.line('ready');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(host.hasEnded()).toBe(false);
    host.child.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await host.end();
    expect(exitCode).toBe(0);
    expect(messages(stdout)).toEqual(['init', 'ready', 'stopping', 'signals ended', 'shutdown']);
    expect(stderr).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends a run that awaits with the abort signal, with 0',
    async (signal) => {
      const host = startHost('idle');
      await host.line('ready');
      host.child.kill(signal);
      const { exitCode, stderr } = await host.end();
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: [] });
    },
  );

  test('a run that returns ends the daemon with 0', async () => {
    const { exitCode, stdout } = await startHost('configured').end();
    expect(exitCode).toBe(0);
    expect(messages(stdout)).toEqual(['ready', 'config', 'stopping']);
  });

  test('HUP reloads, and it and the other signals reach ctx.signals', async () => {
    const host = startHost('waits');
    await host.line('ready');
    for (const signal of ['HUP', 'QUIT', 'USR1', 'USR2'] as const) {
      host.child.kill(`SIG${signal}`);
      await host.until(signal, () => host.seen.stdout.includes(`"signal":"${signal}"`));
    }
    host.child.kill('SIGTERM');
    const { exitCode, stdout } = await host.end();
    expect(exitCode).toBe(0);
    expect(stdout.filter((line) => line.signal).map((line) => line.signal)).toEqual([
      'HUP',
      'QUIT',
      'USR1',
      'USR2',
    ]);
    expect(messages(stdout).filter((msg) => msg.startsWith('reload'))).toEqual(['reload', 'reloaded']);
    expect(messages(stdout).indexOf('reload')).toBeLessThan(messages(stdout).indexOf('signal'));
  });

  test('a daemon without reload lives through HUP, USR1 and USR2, and QUIT ends it as it ends any program', async () => {
    const host = startHost('idle');
    await host.line('ready');
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) host.child.kill(signal);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(host.hasEnded()).toBe(false);
    host.child.kill('SIGQUIT');
    expect((await host.end()).signal).toBe('SIGQUIT');
  });

  test('TERM while init runs: no run, but shutdown, and 0', async () => {
    const host = startHost('stubborn', { config: { phase: 'init', ms: 300 } });
    await host.line('init');
    host.child.kill('SIGTERM');
    const { exitCode, stdout } = await host.end();
    expect(exitCode).toBe(0);
    expect(messages(stdout)).toEqual(['init', 'stopping', 'shutdown', 'shutdown done']);
  });

  test('TERM while the module is imported ends at once, with 0', async () => {
    const host = startHost('never-loads');
    await host.until('import', () => host.seen.stdout.includes('importing'));
    host.child.kill('SIGTERM');
    expect((await host.end()).exitCode).toBe(0);
  });
});

describe('the end', () => {
  test('a second TERM and INT do not start another shutdown', async () => {
    const host = startHost('stubborn', { config: { phase: 'shutdown', ms: 600 } });
    await host.line('run');
    host.child.kill('SIGTERM');
    await host.line('shutdown');
    host.child.kill('SIGTERM');
    await host.line('TERM ignored: already stopping');
    host.child.kill('SIGINT');
    const { exitCode, stdout } = await host.end();
    expect(exitCode).toBe(0);
    expect(messages(stdout).filter((msg) => msg === 'shutdown')).toHaveLength(1);
    expect(messages(stdout)).toContain('INT ignored: already stopping');
    expect(messages(stdout).at(-1)).toBe('shutdown done');
  });

  test.each(['init', 'run', 'shutdown'])(
    'a hanging %s is given up before the stop timeout, with 1',
    async (phase) => {
      const host = startHost('stubborn', { config: { phase }, env: { DUENDE_STOP_TIMEOUT: '1500' } });
      await host.line(phase === 'init' ? 'init' : 'run');
      const begun = performance.now();
      host.child.kill('SIGTERM');
      const { exitCode, stderr } = await host.end();
      expect(performance.now() - begun).toBeGreaterThan(1300);
      expect(exitCode).toBe(1);
      expect(stderr).toMatchObject([
        { level: 'error', msg: 'Not ended 1350 ms after TERM: giving up', phase },
      ]);
    },
  );
});

describe('errors', () => {
  test.each(['init', 'run', 'shutdown'])(
    'one thrown in %s is logged with its stack and cause, and ends with 1',
    async (where) => {
      const { exitCode, stderr, stdout } = await startHost('throws', { config: { where } }).end();
      expect(exitCode).toBe(1);
      expect(stderr).toMatchObject([
        {
          level: 'error',
          msg: `${where} failed: broken in ${where}`,
          error: { name: 'TypeError', message: `broken in ${where}`, cause: { message: 'the cause' } },
        },
      ]);
      expect(stackOf(stderr[0])).toContain('throws.ts');
      expect(messages(stdout).includes('shutdown')).toBe(where !== 'init');
    },
  );

  test.each(['rejection', 'listener'])(
    'an uncaught one (%s) is logged with its stack and ends with 1',
    async (where) => {
      const { exitCode, stderr } = await startHost('throws', { config: { where } }).end();
      expect(exitCode).toBe(1);
      expect(stderr).toMatchObject([
        { msg: `Uncaught error: broken in ${where}`, error: { name: 'TypeError' } },
      ]);
      expect(stackOf(stderr[0])).toContain('throws.ts');
    },
  );

  test('anything can be thrown', async () => {
    const { exitCode, stderr } = await startHost('throws', { config: { where: 'string' } }).end();
    expect(exitCode).toBe(1);
    expect(messages(stderr)).toEqual(['run failed: just a string']);
  });

  test('a reload that fails is logged, and the daemon goes on', async () => {
    const host = startHost('throws', { config: { where: 'reload' } });
    await host.line('ready');
    host.child.kill('SIGHUP');
    await host.line('reload failed: broken in reload');
    host.child.kill('SIGTERM');
    expect((await host.end()).exitCode).toBe(0);
  });

  test('a module that throws while it is imported ends with 1, with the stack', async () => {
    const { exitCode, stderr } = await startHost('broken-module').end();
    expect(exitCode).toBe(1);
    expect(stderr[0]?.msg).toBe('loading failed: broken while it is imported');
    expect(stackOf(stderr[0])).toContain('broken-module.ts');
  });

  test.each([
    ['not-a-daemon', /not-a-daemon\.ts is not a daemon module: expected `export default defineDaemon/],
    ['missing', /Cannot find module/],
  ])('module %s is refused in one line', async (daemon, message) => {
    const { exitCode, stderr } = await startHost(daemon).end();
    expect(exitCode).toBe(daemon === 'missing' ? 1 : 78);
    expect(stderr).toHaveLength(1);
    expect(stderr[0]?.msg).toMatch(message);
  });
});
