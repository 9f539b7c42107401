import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseReport, printedLine } from '../src/probe/language.ts';
import { packageFolder, prebuiltProbe } from '../src/probe/provider.ts';

const script = join(packageFolder(), 'src', 'probe', 'main.ts');
const prebuilt = prebuiltProbe();
const probes: [string, string, string[]][] = [['script', process.execPath, [script]]];
if (prebuilt && existsSync(prebuilt)) probes.push(['program', prebuilt, []]);

describe.each(probes)('the probe as a %s', (_, program, before) => {
  const run = (args: string[], env: Record<string, string> = {}) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      const child = execFile(
        program,
        [...before, ...args],
        { env, maxBuffer: 2 ** 28 },
        (_error, stdout, stderr) => resolve({ code: child.exitCode ?? child.signalCode, stdout, stderr }),
      );
    });
  const start = (args: string[]) => {
    const child = spawn(program, [...before, ...args], { stdio: ['ignore', 'pipe', 'inherit'], env: {} });
    onTestFinished(() => void child.kill('SIGKILL'));
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const says = async (wanted: string): Promise<void> => {
      for (let tries = 0; tries < 400 && !text.includes(wanted); tries++) await delay(10);
      expect(text).toContain(wanted);
    };
    return { child, says, text: () => text };
  };

  test('reports arguments, environment and folder', async () => {
    const args = ['', 'a "b" $c \\d\n', 'é 🦊', '-x'];
    const { stdout } = await run(['report', ...args], { VALUE: 'a=b\n"c"' });
    const report = parseReport(stdout.split('\n'));
    expect(report).toMatchObject({ args, env: { VALUE: 'a=b\n"c"' }, cwd: process.cwd() });
    expect(report.uid).toBe(process.getuid?.());
  });

  test('exits, and ends by a signal', async () => {
    expect((await run(['exit', '3'])).code).toBe(3);
    expect((await run(['signal-self', 'SEGV'])).code).toBe('SIGSEGV');
    expect((await run([])).code).toBe(0);
    expect(await run(['nonsense'])).toMatchObject({ code: 121, stderr: 'probe: cannot read nonsense\n' });
  });

  test('prints numbered lines on the stream it is told', async () => {
    const wanted = [0, 1, 2, 3].map((index) => `${printedLine(index, 30)}\n`);
    expect(await run(['print', '4', '30', 'stderr', '0'])).toMatchObject({
      stdout: '',
      stderr: wanted.join(''),
    });
    const both = await run(['print', '4', '30', 'both', '1']);
    expect(both.stdout + both.stderr).toBe([wanted[0], wanted[2], wanted[1], wanted[3]].join(''));
  });

  test('traps signals, in order', async () => {
    const { child, says, text } = start(['trap']);
    await says('ready\n');
    for (const signal of ['HUP', 'USR1', 'TERM', 'QUIT'] as const) {
      child.kill(`SIG${signal}`);
      await says(`${signal}\n`);
    }
    expect(text()).toBe('ready\nHUP\nUSR1\nTERM\nQUIT\n');
  });

  test('ends gracefully', async () => {
    const { child, says } = start(['graceful']);
    await says('ready\n');
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    await says('TERM\n');
  });

  test('says that it is ready, on the file descriptor', async () => {
    const child = spawn(program, [...before, 'ready-after', '20', 'exit', '0'], {
      env: { DUENDE_NOTIFY_FD: '3' },
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    });
    let text = '';
    child.stdio[3]?.on('data', (chunk) => {
      text += chunk;
    });
    await once(child, 'close');
    expect(text).toBe('READY=1\n');
  });

  test('starts a tree of three, one of which leaves the session', async () => {
    const { says, text } = start(['fork', 'park']);
    await says('forked 3\n');
    await says('grandchild ');
    await says('orphan ');
    await delay(50);
    const pids = ['child', 'grandchild', 'orphan'].map((kind) =>
      Number(new RegExp(`^${kind} (\\d+)$`, 'm').exec(text())?.[1]),
    );
    onTestFinished(() => {
      for (const pid of pids) process.kill(pid, 'SIGKILL');
    });
    for (const pid of pids) expect(process.kill(pid, 0)).toBe(true);
  });

  test.each(['http', 'tcp'])('serves %s until USR1', async (kind) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    server.close();
    const { child, says } = start([kind, String(port)]);
    await says(`listening ${port}\n`);
    const url = `http://127.0.0.1:${port}/`;
    const answer = () =>
      fetch(url).then(
        ({ status }) => status,
        ({ cause }) => cause?.code,
      );
    if (kind === 'http') expect(await answer()).toBe(200);
    child.kill('SIGUSR1');
    const off = kind === 'http' ? 503 : 'ECONNREFUSED';
    for (let tries = 0; tries < 100 && (await answer()) !== off; tries++) await delay(20);
    expect(await answer()).toBe(off);
  });

  test('uses memory, files and the processor as told', async () => {
    const { stdout } = await run(['open-files', '20', 'allocate', '4194304', 'spin', '200']);
    expect(stdout).toMatch(/^opened 20\nallocated 4194304\nspun \d+ \d+\n$/);
  });
});
