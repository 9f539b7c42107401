import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSignalSource, runDaemon } from '@duende/core/host';
import { afterEach, beforeEach, expect, test } from 'vitest';
import counter from '../src/daemon.ts';

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'duende-counter-'));
  file = join(folder, 'counter.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (settings: unknown) => writeFile(file, JSON.stringify(settings));

/** The counter in this process, with its log lines. */
function start() {
  const signals = createSignalSource();
  const lines: { msg: string; count?: number; step?: number }[] = [];
  const url = Promise.withResolvers<string>();
  const exit = runDaemon(counter, {
    ownProcess: false,
    config: { file },
    signals,
    healthUrl: 'http://127.0.0.1:0/health',
    onHealthListening: url.resolve,
    output: (line) => lines.push(JSON.parse(line)),
  });
  const counts = () => lines.filter((line) => line.msg === 'count');
  return { signals, lines, counts, exit, url: url.promise };
}

test('it counts, reloads its settings on HUP, answers health and metrics, and ends on TERM', async () => {
  await write({ intervalMs: 10, step: 1 });
  const { signals, lines, counts, exit, url } = start();
  await expect.poll(() => counts().map(({ count }) => count)).toEqual(expect.arrayContaining([1, 2, 3]));
  await write({ intervalMs: 10, step: 100 });
  signals.send('HUP');
  await expect.poll(() => counts().at(-1)?.step).toBe(100);
  const response = await fetch(await url);
  const body = (await response.json()) as { detail: { step: number }; metrics: { count: number } };
  expect(response.status).toBe(200);
  expect(body.detail.step).toBe(100);
  expect(body.metrics.count).toBeGreaterThanOrEqual(4);
  signals.send('TERM');
  expect(await exit).toBe(0);
  expect(lines.at(-1)).toMatchObject({ msg: 'last count', count: counts().at(-1)?.count });
});

test('settings that are wrong at HUP are reported, and the old ones stay', async () => {
  await write({ intervalMs: 10 });
  const { signals, lines, counts, exit } = start();
  await expect.poll(() => counts().length).toBeGreaterThan(0);
  await write({ intervalMs: 'fast', speed: 1 });
  signals.send('HUP');
  const failure = `reload failed: Invalid settings in ${file}: intervalMs: `;
  await expect.poll(() => lines.some((line) => line.msg.startsWith(failure))).toBe(true);
  const before = counts().length;
  await expect.poll(() => counts().length).toBeGreaterThan(before + 2);
  signals.send('TERM');
  expect(await exit).toBe(0);
});

test.each([undefined, '{', '{"intervalMs":1}'])('settings %j at the start end it with 1', async (content) => {
  if (content !== undefined) await writeFile(file, content);
  const { lines, exit } = start();
  expect(await exit).toBe(1);
  expect(lines.at(-1)?.msg).toContain(file);
});

test('it needs the path of its settings', async () => {
  const lines: string[] = [];
  expect(
    await runDaemon(counter, { ownProcess: false, config: {}, output: (line) => lines.push(line) }),
  ).toBe(78);
  expect(lines.join()).toContain('file: ');
});
