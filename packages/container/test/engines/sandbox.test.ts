import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DaemonSpecInput } from '@duende/core';
import { afterAll, describe, expect, it } from 'vitest';
import { ContainerAdapter, type Runtime } from '../../src/index.ts';
import { addressOf } from './engines.ts';
import { makeStateDirectory } from './harness.ts';

const stateDirectory = makeStateDirectory();
const shared = mkdtempSync('/var/tmp/duende-shared-');
writeFileSync(join(shared, 'note'), 'from the host\n', { mode: 0o644 });
let count = 0;

afterAll(() => {
  rmSync(shared, { recursive: true, force: true });
  rmSync(stateDirectory, { recursive: true, force: true });
});

/** Programs of the C library alone: an image of the shell has all that they need. */
const files = ['/bin/cat', '/bin/touch', '/bin/mkdir', '/bin/sleep'];

describe.each(['docker', 'podman', 'containerd'] satisfies Runtime[])('%s', (runtime) => {
  const adapter = new ContainerAdapter({ runtime, host: addressOf(runtime), stateDirectory });
  afterAll(async () => {
    for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
    await adapter.close();
  });

  /** What a shell script says in a container with these settings. */
  async function say(script: string, spec: Partial<DaemonSpecInput> = {}): Promise<string> {
    const { platform, ...rest } = spec;
    const handle = await adapter.spawn({
      name: `sandbox-${process.pid}-${count++}`,
      program: '/bin/sh',
      args: ['-c', script],
      ...rest,
      platform: { container: { files, ...platform?.container } },
    } as DaemonSpecInput);
    await adapter.wait(handle);
    let text = '';
    for await (const line of adapter.logs(handle)) text += `${line.text}\n`;
    await adapter.remove(handle);
    return text;
  }

  const status =
    'while read -r line; do case $line in Cap*|NoNew*|Seccomp:*|Uid*|Gid*) echo "$line";; esac; done < /proc/self/status';

  it('filesystem read-only: nothing but what is writable can be written, as the usual user', async () => {
    const script = 'touch /tmp/a; touch /var/data/b && echo wrote; touch /c';
    const text = await say(script, {
      sandbox: { filesystem: { mode: 'read-only', writable: ['/var/data'] } },
    });
    expect(text).toMatch(/\/tmp\/a.*Read-only file system/);
    expect(text).toMatch(/\/c.*Read-only file system/);
    expect(text).toContain('wrote');
    expect(await say('touch /tmp/a && echo wrote')).toContain('wrote');
  });

  it('capabilities: only those that are named, in the bounding set of root', async () => {
    const text = await say(status, {
      user: 0,
      sandbox: { capabilities: ['CAP_CHOWN', 'CAP_NET_BIND_SERVICE'] },
    });
    expect(text).toMatch(/CapBnd:\s+0000000000000401/);
    expect(text).toMatch(/CapEff:\s+0000000000000401/);
    expect(await say(status, { user: 0, sandbox: { capabilities: [] } })).toMatch(
      /CapBnd:\s+0000000000000000/,
    );
  });

  it('noNewPrivileges and seccomp', async () => {
    const text = await say(`${status}; mkdir /tmp/x; mkdir /tmp/y || echo denied`, {
      sandbox: { noNewPrivileges: true, seccomp: { deny: ['mkdir', 'mkdirat'] } },
    });
    expect(text).toMatch(/NoNewPrivs:\s+1/);
    expect(text).toMatch(/Seccomp:\s+2/);
    expect(text).toContain('denied');
  });

  it('network: none is the default and has a loopback, host is that of this machine', async () => {
    const interfaces = 'cat /proc/net/dev';
    const own = await say(interfaces);
    expect(own.match(/^\s*\w[\w.-]*:/gm)?.map((name) => name.trim())).toEqual(['lo:']);
    const text = await say(interfaces, { sandbox: { network: 'host' } });
    const here = readFileSync('/proc/net/dev', 'utf8').match(/^\s*\w[\w.-]*:/gm)?.length ?? 0;
    expect(text.match(/^\s*\w[\w.-]*:/gm)?.length).toBe(here);
  });

  it('users by name and number, of this machine', async () => {
    expect(await say(status, { user: 'nobody' })).toMatch(/Uid:\s+65534[\s\S]*Gid:\s+65534/);
    expect(await say(status, { user: 4242, group: 4343 })).toMatch(/Uid:\s+4242[\s\S]*Gid:\s+4343/);
  });

  it('mounts, read-only ones too, and folders in memory', async () => {
    const container = {
      mounts: [
        { source: shared, target: '/shared', readOnly: true },
        { source: shared, target: '/open' },
      ],
      tmpfs: ['/scratch'],
    };
    const script =
      'cat /shared/note; echo no > /shared/new; echo yes > /open/new && cat /shared/new; cat /proc/mounts';
    const text = await say(script, { user: 0, platform: { container } });
    expect(text).toContain('from the host');
    expect(text).toMatch(/shared\/new.*Read-only file system/);
    expect(text).toContain('\nyes\n');
    expect(text).toMatch(/tmpfs \/scratch tmpfs/);
  });

  it('limits are those of the control group', async () => {
    const handle = await adapter.spawn({
      name: `limits-${process.pid}-${runtime}`,
      program: '/bin/sh',
      args: ['-c', 'sleep 1000'],
      platform: { container: { files } },
      resources: {
        memoryMax: '96M',
        memorySwapMax: 0,
        cpuQuota: 0.5,
        cpuWeight: 50,
        pidsMax: 40,
        lockMemory: '64k',
      },
    });
    const { pid } = (await adapter.status(handle)) as { pid: number };
    const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    const read = (controller: string, file: string): string => {
      const path = new RegExp(`^\\d+:(?:[^:]*,)?${controller}(?:,[^:]*)?:(.*)$`, 'm').exec(groups)?.[1];
      return readFileSync(`/sys/fs/cgroup/${controller}${path}/${file}`, 'utf8').trim();
    };
    expect(read('memory', 'memory.limit_in_bytes')).toBe(String(96 << 20));
    expect(read('memory', 'memory.memsw.limit_in_bytes')).toBe(String(96 << 20));
    expect(read('pids', 'pids.max')).toBe('40');
    expect(Number(read('cpu', 'cpu.cfs_quota_us')) / Number(read('cpu', 'cpu.cfs_period_us'))).toBe(0.5);
    expect(read('cpu', 'cpu.shares')).toBe('512');
    expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/Max locked memory\s+65536\s+65536/);
    await adapter.remove(handle, { force: true });
  });
});
