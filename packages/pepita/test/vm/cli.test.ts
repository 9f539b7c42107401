import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { PepitaAdapter } from '../../src/index.ts';
import { finished, Pepita, printed, small } from './cli-harness.ts';
import { testKernel } from './kernel.ts';

const pepita = new Pepita();
const tools = ['cat', 'sha256sum', 'sleep', 'yes'].flatMap((name) => ['--file', `/usr/bin/${name}`]);
const shell = (script: string): string[] => ['--', 'bash', '-c', script];
/** Says that it is up, counts, and ends with 4 when it is asked to. */
const counting =
  'trap "echo asked; exit 4" TERM INT; trap "echo hup" HUP; echo up; while :; do sleep 0.1; done';

const stateOf = async (name: string): Promise<unknown> =>
  (JSON.parse(await pepita.ok('status', '--name', name, '--json')) as { state: string }).state;

beforeAll(async () => {
  expect(await pepita.ok('setup', '--kernel', await testKernel())).toMatch(/^Guests have the kernel 6/);
  expect(await pepita.ok('setup', '--kernel', await testKernel())).toMatch(/^Guests have the kernel 6/);
  expect(
    readdirSync(join(pepita.state, 'pepita/kernels')).filter((name) => !name.startsWith('.')),
  ).toHaveLength(1);
});

describe('run, attached', () => {
  test('prints what the program says and ends with its exit code; --rm leaves nothing', async () => {
    const argv = ['run', '--rm', '--name', 'job', ...small, ...tools];
    const said = await pepita.run([...argv, ...shell('echo "$A"; echo two >&2; exit 7')]);
    expect(said).toEqual({ code: 7, stdout: '\n', stderr: 'two\n' });
    const killed = await pepita.run([...argv, '--env', 'A=b c', ...shell('echo "$A"; kill -SEGV $$')]);
    expect(killed).toEqual({ code: 139, stdout: 'b c\n', stderr: '' });
    expect(await pepita.ok('list', '--format', 'name')).toBe('');
    expect(readdirSync(join(pepita.state, 'pepita/vms')).filter((name) => name.startsWith('duende'))).toEqual(
      [],
    );
  });

  test('passes SIGTERM and SIGINT on', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const child = pepita.start(['run', '--rm', '--name', 'asked', ...small, ...tools, ...shell(counting)]);
      const end = finished(child);
      await printed(child, /up/);
      child.kill(signal);
      expect(await end).toEqual({ code: 4, stdout: 'up\nasked\n', stderr: '' });
    }
  });

  test('what cannot be run leaves nothing', async () => {
    const { code, stderr } = await pepita.run(['run', '--name', 'none', ...small, '--', '/no/such']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^pepita: .*\/no\/such[^\n]*\n$/);
    const given = await pepita.run([
      'run',
      '--name',
      'none',
      ...small,
      '--rootfs',
      'nothing.img',
      '--',
      'ls',
    ]);
    expect(given.code).toBe(2);
    expect(given.stderr).toMatch(/^pepita: platform\.pepita\.rootfs: [^\n]*nothing\.img is not there\n$/);
    const noKernel = await pepita.run(['run', ...small, '--state-dir', 'empty', '--', 'ls']);
    expect(noKernel).toMatchObject({ code: 69, stdout: '' });
    expect(noKernel.stderr).toMatch(
      /^pepita: There is no kernel for guests\. Fetch one \(pepita setup\)[^\n]*\n$/,
    );
    const wrong = await pepita.run(['run', ...small, '--kernel', 'nothing', '--', 'ls']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toMatch(/^pepita: kernel: \/[^\n]*nothing is not there\n$/);
    expect(await pepita.ok('list', '--format', 'name')).toBe('');
  });
});

describe('a VM that runs by itself', () => {
  beforeAll(async () => {
    const argv = ['run', '--name', 'web', '--daemon', '--vsock-cid', '42', ...small, ...tools];
    const said = await pepita.ok(...argv, ...shell(counting));
    expect(said).toBe('web is running in duende-vm-web (CID 42)\n');
    const other = await pepita.run(['run', '--name', 'other', ...argv.slice(3), ...shell(counting)]);
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(other.stderr).toMatch(/^pepita: platform\.pepita\.vsockCid: duende-vm-web has 42\. [^\n]+\n$/);
    const again = await pepita.run([...argv, ...shell(counting)]);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toMatch(
      /^pepita: A daemon named web is running already\. Stop it first \(pepita destroy/,
    );
  });

  test('is in the list, by whatever name, and known to the adapter', async () => {
    expect(await pepita.ok('list', '--format', 'name')).toBe('duende-vm-web\n');
    expect(await pepita.ok('list')).toMatch(/^duende-vm-web +web +running +1 +128M/m);
    const [first] = JSON.parse(await pepita.ok('list', '--format', 'json')) as object[];
    const status = await pepita.ok('status', '--name', 'duende-vm-web', '--json');
    expect(status).toContain('\n  "state": "running"');
    const { vmm: _, ...known } = JSON.parse(status);
    expect(first).toMatchObject(known);
    expect(known).toMatchObject({
      name: 'web',
      vmId: 'duende-vm-web',
      vcpus: 1,
      memory: 128 * 1024 ** 2,
      restarts: 0,
    });
    expect(await pepita.ok('status', 'web')).toMatch(/^State: +running$/m);
    const adapter = new PepitaAdapter({ stateDirectory: pepita.state });
    expect(await adapter.find('web')).toMatchObject({
      data: { vmId: 'duende-vm-web', vsockCid: known.vsockCid },
    });
    await adapter.close();
  });

  test('exec: stdin, both outputs, exit codes', async () => {
    const data = randomBytes(2 * 1024 ** 2);
    const digest = createHash('sha256').update(data).digest('hex');
    expect((await pepita.run(['exec', '--name', 'web', '--', 'sha256sum'], data)).stdout).toBe(
      `${digest}  -\n`,
    );
    expect((await pepita.run(['exec', 'web', '--', 'cat'], 'none at the end')).stdout).toBe(
      'none at the end',
    );
    const script = 'echo out; echo err >&2; exit 9';
    expect(await pepita.run(['exec', 'web', ...shell(script)])).toEqual({
      code: 9,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect((await pepita.run(['exec', 'web', ...shell('kill -KILL $$')])).code).toBe(137);
    const missing = await pepita.run(['exec', 'web', '--', 'nosuch']);
    expect(missing).toMatchObject({ code: 127, stdout: '' });
    expect(missing.stderr).toMatch(
      /^pepita: Cannot execute "nosuch": it is not in the guest[^\n]*--file PATH\n$/,
    );
    const env = ['--env', 'A=1', '--cwd', '/usr', '--user', '7'];
    expect(
      (
        await pepita.run([
          'exec',
          'web',
          ...env,
          ...shell('echo $A $PWD; cat /proc/self/loginuid >/dev/null; [ -w /etc ] || echo no'),
        ])
      ).stdout,
    ).toBe('1 /usr\nno\n');
  });

  test('exec: Ctrl-C ends the program in the guest, and so does the end of whoever reads or asks', async () => {
    const find =
      'for p in /proc/[0-9]*/cmdline; do { read -rd "" x; read -rd "" y; } < $p; [ "$x $y" = "yes $1" ] && echo yes; done';
    const isThere = async (word: string): Promise<boolean> =>
      // Twice when a process goes meanwhile: what was read before it stays in the variables.
      (
        await pepita.run(['exec', 'web', '--', 'bash', '-c', `${find} 2>/dev/null`, 'find', word])
      ).stdout.startsWith('yes\n');
    const start = async (...argv: string[]) => {
      const child = pepita.start(['exec', 'web', '--', ...argv]);
      await printed(child, /./);
      return child;
    };
    const interrupted = await start('yes', 'one');
    interrupted.stdout?.resume();
    interrupted.kill('SIGINT');
    expect((await finished(interrupted)).code).toBe(130);
    const unread = await start('yes', 'two');
    unread.stdout?.destroy();
    expect((await finished(unread)).code).toBe(141);
    const killed = await start('yes', 'three');
    expect(await isThere('three')).toBe(true);
    killed.kill('SIGKILL');
    await finished(killed);
    // Its end is noticed by the bridge, and it has two seconds.
    await expect.poll(() => isThere('three'), { timeout: 10_000 }).toBe(false);
    expect(await isThere('one')).toBe(false);
    expect(await isThere('two')).toBe(false);
  });

  test('pause and resume', async () => {
    await pepita.ok('pause', '--name', 'web');
    expect(await stateOf('web')).toBe('paused');
    const refused = await pepita.run(['exec', 'web', '--', 'cat']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toBe(
      'pepita: Cannot run a program in web: it is paused. Let it go on first: pepita resume --name web\n',
    );
    await pepita.ok('resume', '--name', 'web');
    expect(await stateOf('web')).toBe('running');
  });

  test('signals by number and name, logs that follow, destroy', async () => {
    const follower = pepita.start(['logs', '--name', 'web', '-f']);
    const end = finished(follower);
    await printed(follower, /up/);
    await pepita.ok('signal', '--name', 'web', '--signal', '1');
    await printed(follower, /hup/);
    const refused = await pepita.run(['destroy', '--name', 'web']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^pepita: Cannot destroy web: it is running\. Ask it to end/);
    await pepita.ok('signal', '--name', 'web', '--signal', 'TERM');
    expect(await end).toEqual({ code: 0, stdout: 'up\nhup\nasked\n', stderr: '' });
    expect(await pepita.ok('logs', 'web', '-n', '1')).toBe('asked\n');
    expect(await stateOf('web')).toBe('failed');
    const late = await pepita.run(['signal', '--name', 'web', '--signal', '15']);
    expect(late).toMatchObject({ code: 1, stdout: '' });
    expect(late.stderr).toMatch(
      /^pepita: Cannot send TERM to web: it is not running\. pepita status --name web/,
    );
    await pepita.ok('destroy', '--name', 'web');
    expect(await pepita.ok('list', '--format', 'json')).toBe('[]\n');
    for (const folder of ['daemons', 'vms', 'cids', 'vmm/native', 'bridges/native']) {
      const names = readdirSync(join(pepita.state, 'pepita', folder));
      expect({ folder, names: names.filter((name) => !name.startsWith('.')) }).toEqual({ folder, names: [] });
    }
    expect(await pepita.ok('doctor', '--accel', 'tcg')).not.toContain('Leftovers');
  });
});
