import { expect, test } from 'vitest';
import { entries, stackOf, startHost } from './run-host.ts';

test('lines are JSON, debug and info on stdout, warn and error on stderr', async () => {
  const { exitCode, stdout, stderr, raw } = await startHost('talks', { config: {} }).end();
  expect(exitCode).toBe(0);
  expect(stdout.map(({ level, msg }) => [level, msg])).toEqual([
    ['info', 'ready'],
    ['debug', 'debug line'],
    ['info', 'odd fields'],
    ['info', 'stopping'],
  ]);
  expect(stderr.map(({ level, msg }) => [level, msg])).toEqual([
    ['warn', 'warn line'],
    ['error', 'error line'],
  ]);
  expect(stdout[2]).toMatchObject({
    big: '10',
    level: 'info',
    level_: 'mine',
    self: '[Circular]',
    daemon: 'talks',
  });
  expect(stderr[1]?.error).toMatchObject({ name: 'RangeError', message: 'out of range' });
  expect(stackOf(stderr[1])).toContain('talks.ts');
  expect(Date.parse(stdout[0]?.time ?? '')).toBeGreaterThan(Date.now() - 60_000);
  expect(raw.stdout).toContain('printed by the daemon itself');
});

test('10 000 lines into a pipe that is read late all arrive before the end', async () => {
  const host = startHost('talks', { config: { lines: 10_000 } });
  host.child.stdout.pause();
  await new Promise((resolve) => setTimeout(resolve, 600));
  host.child.stdout.resume();
  const { exitCode, stdout } = await host.end();
  expect(exitCode).toBe(0);
  const burst = stdout.filter((line) => line.msg === 'burst');
  expect(burst.map((line) => line.line)).toEqual(Array.from({ length: 10_000 }, (_, line) => line));
});

test('a reader that goes away does not end the daemon', async () => {
  const host = startHost('waits');
  await host.line('ready');
  host.child.stdout.destroy();
  host.child.kill('SIGUSR1');
  host.child.kill('SIGHUP');
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(host.hasEnded()).toBe(false);
  host.child.kill('SIGTERM');
  const { exitCode, stderr } = await host.end();
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: [] });
});

test('entries() of this suite reads whole lines only', () => {
  expect(entries('{"msg":"a"}\n{"msg":')).toEqual([{ msg: 'a' }]);
});
