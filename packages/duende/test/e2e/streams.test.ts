import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DaemonHandle, TraceSummary } from '../../src/index.ts';
import { finished, printed, useCli } from './cli.ts';

const cli = useCli();
const node = (script: string) => ['--', process.execPath, '-e', script];

function jsonLines(text: string): Record<string, unknown>[] {
  expect(text.endsWith('\n') || text === '').toBe(true);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

describe('logs', () => {
  test('all, the tail, one stream, with times, as JSON lines', async () => {
    const duende = cli();
    await duende.ok([
      'spawn',
      '--name',
      'p',
      ...node(
        'for (let i = 1; i <= 5; i++) console.log("line", i); setTimeout(() => console.error("oh"), 200)',
      ),
    ]);
    await duende.run(['wait', 'p']);
    expect(await duende.ok(['logs', 'p'])).toBe('line 1\nline 2\nline 3\nline 4\nline 5\noh\n');
    expect(await duende.ok(['logs', 'p', '-n', '2'])).toBe('line 5\noh\n');
    expect(await duende.ok(['logs', 'p', '--tail=0'])).toBe('');
    expect(await duende.ok(['logs', 'p', '--stream', 'stderr'])).toBe('oh\n');
    expect(await duende.ok(['logs', 'p', '--since', '1h', '-n1', '--timestamps'])).toMatch(
      /^\d{4}-\S+Z oh\n$/,
    );
    expect(await duende.ok(['logs', 'p', '--since', '2100-01-01'])).toBe('');
    const lines = jsonLines(await duende.ok(['logs', 'p', '--json', '-f']));
    expect(lines).toHaveLength(6);
    expect(lines[5]).toEqual({ time: expect.any(String), stream: 'stderr', text: 'oh' });
  });

  test('-f delivers new lines, and Ctrl-C ends it with 130', async () => {
    const duende = cli();
    await duende.ok([
      'spawn',
      '--name',
      'p',
      ...node('let i = 0; setInterval(() => console.log("tick", ++i), 50)'),
    ]);
    const child = duende.start(['logs', 'p', '-f']);
    const end = finished(child);
    await printed(child, /tick 3\n/);
    child.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130, stderr: '' });
    expect((await duende.json(['status', 'p'])).status).toMatchObject({ state: 'running' });
  });

  test.each([
    ['logs', 'p'],
    ['logs', 'p', '-f', '--json'],
  ])('a reader that goes away ends %j quietly', async (...argv) => {
    const duende = cli();
    const script =
      'for (let i = 0; i < 20000; i++) console.log("x".repeat(100)); setInterval(() => console.log("more"), 20)';
    await duende.ok(['spawn', '--name', 'p', ...node(script)]);
    // Without -f it reads what there is: on a loaded machine that was nothing yet.
    await expect.poll(() => duende.ok(['logs', 'p', '-n', '1']), { timeout: 10_000 }).not.toBe('');
    const child = duende.start(argv);
    const end = finished(child);
    await printed(child, /xxx.*\n/);
    child.stdout?.destroy();
    expect(await end).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  test('a full disk under stdout is an error', async () => {
    const duende = cli();
    const { openSync, closeSync } = await import('node:fs');
    const full = openSync('/dev/full', 'w');
    try {
      const { code, stderr } = await finished(duende.start(['ps'], { stdio: ['ignore', full, 'pipe'] }));
      expect(code).toBe(1);
      expect(stderr).toMatch(/^duende: Cannot write to stdout: ENOSPC/);
    } finally {
      closeSync(full);
    }
  });
});

describe('trace', () => {
  const busy =
    'const fs = require("fs"); setInterval(() => { try { fs.readFileSync("/no/such/duende") } catch {} }, 20)';

  test('prints calls, ends after --duration, and leaves the daemon alone', async () => {
    const duende = cli();
    await duende.ok(['spawn', '--name', 'p', ...node(busy)]);
    const before = (await duende.json(['status', 'p'])).status;
    const lines = jsonLines(await duende.ok(['trace', 'p', '--duration', '1s', '--json']));
    const call = lines.find(({ args }) => (args as string[]).some((arg) => arg.includes('/no/such/duende')));
    expect(call).toMatchObject({
      call: expect.stringMatching(/^open/),
      error: 'ENOENT',
      pid: expect.any(Number),
    });
    const summary = await duende.json<TraceSummary>(['trace', 'p', '-d', '500ms', '--summary']);
    expect(summary.total).toBeGreaterThan(0);
    expect(await duende.ok(['trace', 'p', '-d', '300ms', '-c', 'openat'])).toMatch(
      /openat\(.*ENOENT <0\.\d+>\n/,
    );
    expect((await duende.json(['status', 'p'])).status).toEqual(before);
  });

  test('Ctrl-C detaches and ends with 130', async () => {
    const duende = cli();
    await duende.ok(['spawn', '--name', 'p', ...node(busy)]);
    const child = duende.start(['trace', 'p']);
    const end = finished(child);
    await printed(child, /ENOENT/);
    child.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130 });
    expect((await duende.json(['status', 'p'])).status).toMatchObject({ state: 'running' });
  });
});

describe('top', () => {
  test('--json is a line for each look, with a rate', async () => {
    const duende = cli();
    await duende.ok(['spawn', '--name', 'p', ...node('for (;;);')]);
    const lines = jsonLines(await duende.ok(['top', '--json', '--count', '2', '--interval', '300ms']));
    expect(lines).toHaveLength(2);
    const [daemon] = (lines[1]?.daemons ?? []) as { cpuPercent: number; handle: DaemonHandle }[];
    expect(daemon?.handle.name).toBe('p');
    expect(daemon?.cpuPercent).toBeGreaterThan(5);
    expect(await duende.ok(['top', '-i', '200ms'])).toMatch(/^NAME .*\np +native +running +\d+ +\d+\.\d% /);
  });

  test('Ctrl-C ends it with 130', async () => {
    const duende = cli();
    const child = duende.start(['top', '--json', '-i', '100ms']);
    const end = finished(child);
    await printed(child, /\n.*\n/);
    child.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130, stderr: '' });
  });
});

test('Ctrl-C ends wait with 130', async () => {
  const duende = cli();
  await duende.ok(['spawn', '--name', 'p', '--', 'sleep', '1000']);
  const child = duende.start(['wait', 'p']);
  const end = finished(child);
  setTimeout(() => child.kill('SIGINT'), 700);
  expect(await end).toMatchObject({ code: 130, stdout: '', stderr: '' });
});

test('spawn takes a spec from a file, from stdin, and options over it', async () => {
  const duende = cli();
  const spec = {
    name: 'p',
    program: process.execPath,
    args: ['-e', 'console.log(process.env.A, process.env.B)'],
    env: { A: '1', B: '2' },
  };
  writeFileSync(join(duende.folder, 'p.json'), JSON.stringify(spec));
  await duende.ok(['spawn', '--spec', 'p.json']);
  await duende.run(['wait', 'p']);
  await duende.ok(['spawn', '--spec', '-', '--name', 'q', '--env', 'B=3', '--set', 'labels={"x":"y"}'], {
    input: JSON.stringify(spec),
  });
  await duende.run(['wait', 'q']);
  expect(await duende.ok(['logs', 'p'])).toBe('1 2\n');
  expect(await duende.ok(['logs', 'q'])).toBe('1 3\n');
});

test('spawn --module runs a defineDaemon module', async () => {
  const duende = cli();
  const core = import.meta.resolve('@duende/core');
  writeFileSync(
    join(duende.folder, 'counter.mjs'),
    `import { defineDaemon } from ${JSON.stringify(core)};
export default defineDaemon({ name: 'other', run({ log, name }) { log.info('hello from ' + name); } });\n`,
  );
  await duende.ok(['spawn', '--module', 'counter.mjs']);
  expect((await duende.run(['wait', 'counter'])).code).toBe(0);
  expect(await duende.ok(['logs', 'counter'])).toContain('hello from counter');
});
