import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTerminal } from '@duende/core';
import { isAlive, readStatePage } from '@duende/program';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Domain } from '../src/index.ts';
import { type LaunchdTest, launchdTest, type Style, systemDomain } from './harness.ts';

describe.each([
  ['15', 'gui'],
  ['11', systemDomain],
  ['13', 'user'],
] as [Style, Domain][])('what launchctl users see, macOS %s, %s', (style, domain) => {
  let on: LaunchdTest;
  let target: string;
  beforeAll(async () => {
    on = await launchdTest(style, domain);
    target = domain === 'system' ? 'system' : `${domain}/${on.simulator.uid}`;
  });
  afterAll(async () => {
    expect(on.simulator.violations()).toEqual([]);
    await on.close();
  });
  const launchctl = async (...args: string[]) => await execa(on.simulator.launchctl, args, { reject: false });
  const sh = (script: string) => ({ program: '/bin/sh', args: ['-c', script] });

  test("launchctl's own account of an end is that of the daemon", async () => {
    const adapter = on.adapter();
    const failed = await adapter.spawn({ name: 'three', ...sh('exit 3') });
    const killed = await adapter.spawn({ name: 'killed', ...sh('kill -KILL $$') });
    await Promise.all([adapter.wait(failed), adapter.wait(killed)]);
    const text = async (name: string) => {
      for (let round = 0; round < 50; round += 1) {
        const { stdout } = await launchctl('print', `${target}/com.duende.${name}`);
        if (/not running|exited/.test(stdout)) return stdout;
      }
      return '';
    };
    expect(await text('three')).toMatch(/last exit code = 3\b/);
    expect(await text('killed')).toContain('Killed: 9');
    await adapter.remove(failed);
    await adapter.remove(killed);
  });

  test('launchctl kill and bootout by hand do what they say', async () => {
    const adapter = on.adapter();
    const handle = await adapter.spawn({
      name: 'hand',
      ...sh('trap "echo usr1" USR1; trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done'),
    });
    const seen = async (text: string) => {
      for (let round = 0; round < 100; round += 1) {
        for await (const line of adapter.logs(handle)) if (line.text === text) return true;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return false;
    };
    expect(await seen('up')).toBe(true);
    await launchctl('kill', 'SIGUSR1', `${target}/com.duende.hand`);
    expect(await seen('usr1')).toBe(true);
    await launchctl('bootout', `${target}/com.duende.hand`);
    expect(await adapter.wait(handle)).toMatchObject({ state: 'stopped', exit: { code: 0 } });
    expect(await seen('bye')).toBe(true);
    await adapter.remove(handle);
  });

  test('bootout by hand asks with the stop signal of the spec, also of one that is kept alive', async () => {
    const adapter = on.adapter();
    const handle = await adapter.spawn({
      name: 'kept-alive',
      ...sh('trap "exit 0" INT; trap "" TERM; while :; do sleep 0.05; done'),
      stopSignal: 'INT',
      restart: 'always',
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await launchctl('bootout', `${target}/com.duende.kept-alive`);
    expect(await adapter.wait(handle)).toMatchObject({ state: 'stopped', exit: { code: 0 } });
    expect((await launchctl('print', `${target}/com.duende.kept-alive`)).exitCode).toBe(113);
    await adapter.remove(handle);
  });

  test('a process of the job that was killed takes no daemon along unnoticed: launchd starts it again, alone', async () => {
    const adapter = on.adapter();
    const handle = await adapter.spawn({
      name: 'orphaned',
      program: '/bin/sleep',
      args: ['1000'],
      restart: 'always',
    });
    const page = readStatePage(join(on.folder('orphaned'), 'state'));
    if (typeof page !== 'object') throw new Error('expected a page');
    process.kill(page.supervisor.pid, 'SIGKILL');
    let status = await adapter.status(handle);
    for (let round = 0; round < 300 && status.pid === page.main.pid; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      status = await adapter.status(handle);
    }
    for (let round = 0; round < 300 && status.state !== 'running'; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      status = await adapter.status(handle);
    }
    expect(status).toMatchObject({ state: 'running', restarts: 1 });
    expect(isAlive(page.main)).toBe(false);
    await adapter.remove(handle, { force: true });
  });

  test('jetsam of the job is told', async () => {
    const adapter = on.adapter();
    const handle = await adapter.spawn({ name: 'memory', ...sh('exec sleep 1000') });
    const { pid } = await adapter.status(handle);
    await on.simulator.jetsam('com.duende.memory');
    // The daemon itself has a session of its own and runs on, unwatched.
    process.kill(pid as number, 'SIGKILL');
    let status = await adapter.status(handle);
    for (let round = 0; round < 100 && !isTerminal(status); round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      status = await adapter.status(handle);
    }
    expect(status).toMatchObject({
      state: 'failed',
      reason: style === '11' ? expect.stringMatching(/oom|lost/) : 'oom',
    });
    await adapter.remove(handle);
  });

  test('secrets are only in files of 0600, in a folder of 0700', async () => {
    const adapter = on.adapter();
    const handle = await adapter.spawn({
      name: 'secret',
      ...sh('exec sleep 1000'),
      env: { TOKEN: 'not-for-everyone' },
    });
    const { stdout } = await launchctl('print', `${target}/com.duende.secret`);
    expect(stdout).not.toContain('not-for-everyone');
    const { stdout: modes } = await execa('find', [on.folder('secret'), '-printf', '%m %y %P\n']);
    for (const line of modes.split('\n'))
      expect(line).toMatch(/^(700 d|600 f|[67]00 s|644 f com\.duende\.secret\.plist)/);
    await adapter.remove(handle, { force: true });
  });

  test('keys of its own reach the daemon: Umask and Nice', async () => {
    const adapter = on.adapter();
    const platform = { launchd: { plist: { Umask: 0o27, Nice: 7 } } };
    const handle = await adapter.spawn({ name: 'own-keys', ...sh('umask; ps -o ni= -p $$'), platform });
    await adapter.wait(handle);
    const lines: string[] = [];
    for await (const { text } of adapter.logs(handle)) lines.push(text.trim());
    expect(lines).toEqual(['0027', '7']);
    await adapter.remove(handle);
  });

  test('a job of somebody else with the same label is left alone', async () => {
    const adapter = on.adapter();
    const path = join(on.simulator.root, 'foreign.plist');
    writeFileSync(
      path,
      readFileSync(new URL('fixtures/installed.plist', import.meta.url), 'utf8')
        .replace('com.duende.web', 'com.duende.foreign')
        .replace(/<key>SoftResourceLimits[\s\S]*(?=\s<\/dict>\n<\/plist>)/, '')
        .replace(
          '<string>Background</string>',
          '<string>Background</string><string>Aqua</string><string>System</string>',
        )
        .replace(
          /<array>\s*<string>\/usr\/bin\/perl[\s\S]*?<\/array>/,
          '<array><string>/bin/sleep</string><string>1000</string></array>',
        )
        .replace('/state/gui/web/errors', '/dev/null'),
      { mode: 0o644 },
    );
    const { exitCode, stderr } = await launchctl('bootstrap', target, path);
    expect([exitCode, stderr]).toEqual([0, '']);
    await expect(adapter.spawn({ name: 'foreign', ...sh('exit 0') })).rejects.toMatchObject({
      reason: 'already-exists',
    });
    expect((await launchctl('print', `${target}/com.duende.foreign`)).stdout).toContain('state = running');
  });
});
