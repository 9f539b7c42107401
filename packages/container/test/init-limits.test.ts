import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { printedLine } from '../../conformance/src/probe/language.ts';
import { cleanUp, id, logOf, read, root, start } from './init-harness.ts';

afterEach(cleanUp);

const nobody = { uid: 65_532 };

test('as a user without rights: control, state and stop', async () => {
  const container = start({ args: ['report'] }, nobody);
  expect(await container.ended).toBe(0);
  if (root) expect(container.output).toContain('uid 65532');
  const second = start({ args: ['fork', 'park'], numbers: { restart_policy: 2, capture_log: 1 } }, nobody);
  await second.inState('running');
  await second.until('its line', () => logOf(second.folder).includes('forked 3'));
  expect(statSync(join(second.folder, 'control')).mode & 0o777).toBe(0o666);
  expect(statSync(join(second.folder, 'log', '0000000001')).mode & 0o777).toBe(0o644);
  expect(await second.ask(`stop ${id} 2000`)).toBe('ok');
  expect(await second.ended).toBe(143);
});

describe('the log', () => {
  test('both streams, and lines without an end', async () => {
    const container = start({
      args: ['say', 'one', 'warn', 'two', 'write', 'three'],
      numbers: { capture_log: 1 },
    });
    expect(await container.ended).toBe(0);
    expect(logOf(container.folder)).toBe('one\nthree');
    expect(logOf(container.folder, 'stderr')).toBe('two\n');
    expect(container.output).toBe('');
  });

  test('a burst of 10 MB through rotations', async () => {
    const container = start({
      args: ['print', '100000', '100', 'stdout', '0'],
      numbers: { capture_log: 1, log_max_size: 3 << 20, log_files: 20 },
    });
    expect(await container.ended).toBe(0);
    const lines = logOf(container.folder).split('\n');
    expect(lines).toHaveLength(100_001);
    for (let i = 0; i < 100_000; i++)
      if (lines[i] !== printedLine(i, 100)) throw new Error(`line ${i} is ${lines[i]}`);
    expect(readdirSync(join(container.folder, 'log')).length).toBeGreaterThan(3);
  });

  test('keeps so many files', async () => {
    const container = start({
      args: ['print', '20000', '100', 'stdout', '0'],
      numbers: { capture_log: 1, log_max_size: 200_000, log_files: 2 },
    });
    expect(await container.ended).toBe(0);
    expect(readdirSync(join(container.folder, 'log'))).toHaveLength(3);
    expect(logOf(container.folder).trimEnd().endsWith(printedLine(19_999, 100))).toBe(true);
  });
});

describe('a limit of open files that cannot be raised', () => {
  const numbers = { capture_log: 1, restart_policy: 2 };
  test.each([
    { openFiles: 3, control: false, log: false },
    { openFiles: 5, control: false, log: false },
    { openFiles: 8, control: true, log: false },
    { openFiles: 16, control: true, log: true },
  ])('$openFiles', async ({ openFiles, control, log }) => {
    // What is left open does not count: the program itself gets the whole limit.
    const args = ['open-files', '100', 'fork', 'park'];
    const container = start({ args, numbers }, { ...nobody, openFiles });
    const said = (text: string): boolean => (log ? logOf(container.folder) : container.output).includes(text);
    const page = await container.inState('running');
    await container.until('its output', () => said('forked 3'));
    expect(said(`opened ${openFiles - 3}\n`)).toBe(true);
    const missing = [log ? [] : ['log'], control ? [] : ['control socket']].flat();
    for (const what of missing) expect(container.errors).toContain(`duende-init: no ${what}: `);
    expect(container.errors.split('\n')).toHaveLength(missing.length + 1);
    expect(page.message).toBe(missing.length ? `no ${missing.at(-1)}: No file descriptors available` : '');
    if (control) expect(await container.ask(`ping ${id}`)).toBe('ok');
    else await expect(container.ask(`ping ${id}`)).rejects.toThrow();
    // The whole tree is killed and started again, without descriptors to look at it, and then stopped.
    process.kill(container.pid, 'SIGHUP');
    await container.inState('running', 1);
    await container.until('four processes', () => container.inside().alive === 4);
    process.kill(container.pid, 'SIGTERM');
    expect(await container.ended).toBe(143);
    expect(container.page()).toMatchObject({ state: 'stopped', restarts: 1, exit: { signal: 15 } });
  });

  test('the failure is told with 3, too', async () => {
    const container = start({ program: '/nowhere/x', numbers }, { ...nobody, openFiles: 3 });
    expect(await container.ended).toBe(127);
    expect(read(join(container.folder, 'failure'))).toBe('exec 2 \n');
    expect(container.page()).toMatchObject({ state: 'failed', reason: 'spawn' });
  });

  test('readiness needs three: refused below, works with 7', async () => {
    const args = ['ready-after', '10', 'park'];
    const refused = start({ args, numbers: { notify: 1 } }, { ...nobody, openFiles: 6 });
    expect(await refused.ended).toBe(126);
    expect(read(join(refused.folder, 'failure'))).toBe('notify 24 \n');
    const works = start({ args, numbers: { notify: 1 } }, { ...nobody, openFiles: 7 });
    expect(await works.inState('running')).toMatchObject({ ready: true });
  });

  test('many clients at once do not wedge it', async () => {
    const container = start({ args: ['park'] }, { ...nobody, openFiles: 8 });
    await container.inState('running');
    const answers = await Promise.allSettled(Array.from({ length: 40 }, () => container.ask(`ping ${id}`)));
    expect(answers.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await container.ask(`stop ${id} 1000`)).toBe('ok');
    expect(await container.ended).toBe(143);
  });
});

test('raises the limit for itself and gives the program the one of the engine', async () => {
  const container = start(
    { args: ['open-files', '100', 'park'], numbers: { capture_log: 1 } },
    { ...nobody, openFiles: 5, openFilesMost: 20 },
  );
  await container.until('its output', () => logOf(container.folder).includes('opened 2\n'));
  expect(await container.ask(`ping ${id}`)).toBe('ok');
  expect(container.errors).toBe('');
});

test('without /proc everything is still killed', async () => {
  const args = ['fork', 'park'];
  const container = start({ args, numbers: { restart_policy: 2, stop_timeout: 500 } }, { proc: false });
  await container.says('forked 3');
  process.kill(container.pid, 'SIGHUP');
  await container.inState('running', 1);
  await container.until('four processes', () => container.inside().alive === 4);
  expect(await container.ask(`signal ${id} STOP`)).toBe('ok');
  expect(await container.ask(`stop ${id} 1000`)).toBe('ok');
  expect(await container.ended).toBe(143);
});

describe('a limit of two processes', () => {
  const health = { health_interval: 50, health_timeout: 500, health_retries: 3, health_start_period: 0 };
  const limited = { uid: 40_000 + (process.pid % 10_000), processes: 2 };

  test('runs the program, restarts it, and says that a health command cannot run', async () => {
    const container = start(
      {
        args: ['say', 'up', 'park'],
        numbers: { ...health, health_type: 1, restart_policy: 2 },
        frames: [['healthArgument', '/bin/true']],
      },
      limited,
    );
    await container.says('up');
    const message = 'the health command cannot be started: Resource temporarily unavailable';
    await container.until('the message', () => container.page().message === message);
    await container.until('a restart', () => container.page().restarts > 0);
    expect(container.page()).toMatchObject({ exit: { signal: 15 } });
    expect(container.errors.split(message)).toHaveLength(2);
    process.kill(container.pid, 'SIGTERM');
    await container.ended;
  });

  test('tcp checks need no process', async () => {
    const port = 30_000 + (process.pid % 10_000);
    const container = start(
      {
        args: ['tcp', String(port)],
        numbers: { ...health, health_type: 3, health_port: port },
        frames: [['healthHost', '127.0.0.1']],
      },
      limited,
    );
    await container.until('healthy', () => container.page().health === 'healthy');
  });

  test('of one: the program cannot be started, and that is told', async () => {
    const container = start({ args: ['park'] }, { ...limited, processes: 1 });
    expect(await container.ended).toBe(126);
    expect(read(join(container.folder, 'failure'))).toBe('fork 11 \n');
  });
});
