import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSpec } from '@duende/core';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { serviceSettings } from '../src/render/service.ts';
import { renderUnitFile } from '../src/render/unit-file.ts';
import { makeBench } from './helpers.ts';
import { testScope } from './scope.ts';
import { itWhen } from './when.ts';

const bench = makeBench();
const { adapter } = bench;

/** What a script prints inside a sandbox. */
async function inside(script: string, sandbox: object, over: object = {}): Promise<string[]> {
  const handle = await bench.shell(`{ ${script}; } 2>&1`, { sandbox, ...over });
  await adapter.wait(handle);
  return await bench.text(handle);
}

describe('the sandbox is enforced', () => {
  test('read-only: nothing can be written but what is named', async () => {
    const open = mkdtempSync(join(tmpdir(), 'duende-open-'));
    const closed = mkdtempSync(join(tmpdir(), 'duende-closed-'));
    const lines = await inside(
      `touch ${open}/a && echo open; touch ${closed}/a || echo closed; touch /var/tmp/duende-x || echo system`,
      { filesystem: { mode: 'read-only', writable: [open] } },
    );
    expect(lines).toEqual(expect.arrayContaining(['open', 'closed', 'system']));
    rmSync(open, { recursive: true });
    rmSync(closed, { recursive: true });
  });

  test('private: homes and temporary folders are others', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'duende-hidden-'));
    writeFileSync(join(folder, 'file'), '');
    const script = `test -e ${folder}/file || echo hidden; ls -A /home /root 2>/dev/null | grep -v : | grep . || echo empty; touch /tmp/mine && echo mine`;
    const lines = await inside(script, { filesystem: { mode: 'private' } });
    expect(lines).toEqual(['hidden', 'empty', 'mine']);
    rmSync(folder, { recursive: true });
  });

  test('private: what is named is there, and can be written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'duende-shared-'));
    const lines = await inside(`echo hello >${folder}/file && echo written`, {
      filesystem: { mode: 'private', writable: [folder] },
    });
    expect(lines).toEqual(['written']);
    rmSync(folder, { recursive: true });
  });

  test('network none: there is a loopback and nothing else', async () => {
    const lines = await inside("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '", { network: 'none' });
    expect(lines).toEqual(['lo']);
  });

  test('no new privileges', async () => {
    expect(await inside('grep NoNewPrivs /proc/self/status', { noNewPrivileges: true })).toEqual([
      'NoNewPrivs:\t1',
    ]);
  });

  test('seccomp: denied calls fail, and the program goes on', async () => {
    const script = 'mkdir /tmp/duende-denied 2>/dev/null || echo denied; echo on';
    expect(await inside(script, { seccomp: { deny: ['mkdir', 'mkdirat'] } })).toEqual(['denied', 'on']);
    expect(await inside('grep Seccomp: /proc/self/status', { seccomp: 'default' })).toEqual(['Seccomp:\t2']);
  });

  test('seccomp: what starting takes cannot be denied', async () => {
    const spec = { name: bench.name(), program: '/bin/true', sandbox: { seccomp: { deny: ['execve'] } } };
    await expect(adapter.spawn(spec)).rejects.toMatchObject({ code: 'Config', field: 'sandbox.seccomp' });
  });

  // A user manager refuses them by name (capabilities).
  itWhen(testScope === 'system')('capabilities: those and no others, for another user too', async () => {
    const effective = 'grep CapEff /proc/self/status';
    expect(await inside(effective, { capabilities: [] })).toEqual(['CapEff:\t0000000000000000']);
    const one = { capabilities: ['CAP_NET_BIND_SERVICE'] };
    expect(await inside(effective, one)).toEqual(['CapEff:\t0000000000000400']);
    expect(await inside(effective, one, { user: 'nobody' })).toEqual(['CapEff:\t0000000000000400']);
  });

  test('everything together still starts, logs, and ends as it should', async () => {
    const handle = await bench.shell('echo in; echo err >&2; exit 3', {
      sandbox: {
        filesystem: { mode: 'private' },
        network: 'none',
        noNewPrivileges: true,
        seccomp: 'default',
        ...(testScope === 'system' ? { capabilities: [] } : {}),
      },
      ...(testScope === 'system' ? { user: 'nobody' } : {}),
    });
    expect(await adapter.wait(handle)).toMatchObject({
      state: 'failed',
      reason: 'exit-code',
      exit: { code: 3 },
    });
    expect(await bench.text(handle, 'stdout')).toEqual(['in']);
    expect(await bench.text(handle, 'stderr')).toEqual(['err']);
  });
});

test('systemd-analyze security: a unit with the whole sandbox is at most 4.0, and verifies cleanly', async () => {
  const spec = parseSpec(
    {
      name: 'web',
      program: '/bin/sleep',
      args: ['1'],
      user: 'www-data',
      sandbox: {
        filesystem: { mode: 'read-only' },
        network: 'none',
        capabilities: [],
        noNewPrivileges: true,
        seccomp: 'default',
      },
    },
    'linux',
  );
  const folder = mkdtempSync(join(tmpdir(), 'duende-security-'));
  const path = join(folder, 'duende-web.service');
  const input = {
    id: 'x',
    spec,
    scope: 'system',
    helper: '/bin/true',
    unitFile: '/dev/null',
    notifySocket: '/run/systemd/notify',
    devices: [],
  } as const;
  writeFileSync(path, renderUnitFile(serviceSettings(input), 'multi-user.target'));
  const verified = await execa('systemd-analyze', ['--man=no', 'verify', path], { reject: false });
  expect(verified.stderr.split('\n').filter((line) => line.includes('duende-'))).toEqual([]);
  const { stdout } = await execa('systemd-analyze', ['security', '--offline=true', '--no-pager', path], {
    reject: false,
  });
  const exposure = Number(/Overall exposure level.*?: (\d+\.\d+)/.exec(stdout)?.[1]);
  expect(exposure, stdout).toBeLessThanOrEqual(4);
  rmSync(folder, { recursive: true });
});
