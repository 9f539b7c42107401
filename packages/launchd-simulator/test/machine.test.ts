import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { document, isAlive, machine, shell, text, until, yes } from './harness.ts';

describe('the kernel and the machine', () => {
  test.each([
    ['11', 'OS_REASON_JETSAM'],
    ['13', 'JETSAM_REASON_MEMORY_PERPROCESSLIMIT'],
    ['15', 'JETSAM_REASON_MEMORY_PERPROCESSLIMIT'],
  ] as const)('jetsam, style %s', async (style, reason) => {
    const mac = await machine({ style });
    await mac.ctl('bootstrap', 'gui/501', mac.plist(shell('sleep 60') + yes('RunAtLoad')));
    const pid = Number(await until(() => mac.key('pid')));
    await mac.jetsam('web');
    await until(async () => (await mac.key('last exit reason')) === reason);
    expect(isAlive(pid)).toBe(false);
    expect((await mac.ctl('list', 'web')).out).toContain('\t"LastExitStatus" = 9;\n');
    expect(await mac.key('last exit code')).toBeUndefined();
    await expect(mac.jetsam('web')).rejects.toThrow(/does not run/);
  });

  test('reboot: what lies in the folders comes back, what was only bootstrapped or is disabled does not', async () => {
    const mac = await machine();
    const at = (name: string): string => join(mac.launchAgents, `${name}.plist`);
    mac.plist(shell('sleep 60', 'kept') + yes('KeepAlive'), at('kept'));
    mac.plist(shell('sleep 60', 'off') + yes('RunAtLoad'), at('off'));
    mac.plist(shell('sleep 60', 'daemon') + yes('RunAtLoad'), join(mac.launchDaemons, 'daemon.plist'));
    writeFileSync(at('damaged'), 'nonsense');
    const transient = mac.plist(
      shell('(trap "" TERM; sleep 61) &amp; exec sleep 60', 'transient') + yes('KeepAlive'),
      join(mac.root, 'transient.plist'),
    );
    await mac.ctl('disable', 'gui/501/off');
    for (const path of [at('kept'), transient]) await mac.ctl('bootstrap', 'gui/501', path);
    const pids = [
      Number(await until(() => mac.key('pid', 'kept'))),
      Number(await until(() => mac.key('pid', 'transient'))),
    ];
    await mac.reboot();
    await until(() => pids.every((pid) => !isAlive(pid)));
    expect((await mac.ctl('list')).out).toMatch(/^PID\tStatus\tLabel\n\d+\t0\tkept\n$/);
    expect((await mac.sudo('list')).out).toMatch(/^PID\tStatus\tLabel\n\d+\t0\tdaemon\n$/);
    await delay(100);
    expect(await mac.key('runs', 'kept')).toBe('1');
    await mac.ctl('enable', 'gui/501/off');
    await mac.reboot();
    expect(await mac.key('state', 'off')).not.toBeUndefined();
  });

  test('stop leaves nothing, not even what left its group', async () => {
    const mac = await machine();
    const log = join(mac.root, 'out');
    const script = `setsid sleep 61 &amp; sleep 60 &amp; echo $! $(pgrep -n -f "sleep 61"); wait`;
    await mac.ctl(
      'bootstrap',
      'gui/501',
      mac.plist(shell(script) + yes('RunAtLoad') + text('StandardOutPath', log)),
    );
    const pids = await until(() => {
      const all = readFileSync(log, { encoding: 'utf8', flag: 'a+' }).trim().split(' ').map(Number);
      return all.length === 2 ? all : undefined;
    });
    const supervisor = mac.pid;
    await mac.stop();
    for (const pid of [...pids, supervisor]) await until(() => !isAlive(pid));
  });

  test('a test that is killed leaves nothing either', async () => {
    const script = `
      import { startSimulator } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)};
      import { execFileSync } from 'node:child_process';
      import { writeFileSync } from 'node:fs';
      const mac = await startSimulator({ uid: 501 });
      writeFileSync(mac.launchAgents + '/web.plist', ${JSON.stringify(document(shell('exec sleep 63') + yes('RunAtLoad')))}, { mode: 0o644 });
      execFileSync(mac.launchctl, ['bootstrap', 'gui/501', mac.launchAgents + '/web.plist']);
      console.log(JSON.stringify([mac.root, mac.pid, execFileSync(mac.launchctl, ['kickstart', '-p', 'gui/501/web'], { encoding: 'utf8' })]));
      setInterval(() => {}, 1000);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [root, supervisor, job] = JSON.parse(
      await new Promise<string>((resolve) =>
        child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
      ),
    ) as [string, number, string];
    expect([isAlive(supervisor), isAlive(Number(job))]).toEqual([true, true]);
    child.kill('SIGKILL');
    await until(() => !isAlive(supervisor) && !isAlive(Number(job)) && !existsSync(root));
  });

  test('a simulator that goes on in the folder of another keeps its overrides', async () => {
    const root = mkdtempSync(join(tmpdir(), 'launchd-sim-kept-'));
    const first = await machine({ root });
    await first.ctl('disable', 'gui/501/web');
    first.plist(shell('true', 'other') + yes('RunAtLoad'), join(first.launchAgents, 'other.plist'));
    await first.stop();
    const second = await machine({ root });
    expect((await second.ctl('print-disabled', 'gui/501')).out).toContain('"web" => disabled');
    expect((await second.ctl('print', 'gui/501/other')).code).toBe(0);
    await second.stop();
    rmSync(root, { recursive: true });
  });
});
