import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import {
  agent,
  cleanUp,
  Host,
  id,
  isRoot,
  logOf,
  newFolder,
  probe,
  read,
  startAgent,
} from './agent-harness.ts';
import { execStart, fileWrite, outcome, Peer, pattern, types, u32 } from './agent-peer.ts';

const peers: Peer[] = [];
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  await cleanUp();
});

/** A guest without a daemon, and a client of its bridge. */
async function guestWithClient() {
  const folder = newFolder();
  const guest = startAgent(folder);
  const host = new Host(folder, guest.socket);
  await host.until('agent', () => existsSync(join(host.folder, 'agent')));
  const connect = async (): Promise<Peer> => {
    const peer = await Peer.connect(join(host.folder, 'exec'));
    peers.push(peer);
    return peer;
  };
  return { folder, guest, host, connect, peer: await connect() };
}

const shell = (script: string): string[] => ['/bin/sh', '-c', script];
const [withInput, merged] = [1, 2];

describe('exec', () => {
  test('streams and the exit code', async () => {
    const { peer } = await guestWithClient();
    peer.send(types.exec, execStart(shell('echo out; echo err >&2; exit 9')));
    const { kind, value, stdout, stderr } = await outcome(peer);
    expect([kind, value, String(stdout), String(stderr)]).toEqual([1, 9, 'out\n', 'err\n']);
  });

  test('the end by a signal, one that is sent and one of its own', async () => {
    const { peer } = await guestWithClient();
    peer.send(types.exec, execStart(shell('kill -SEGV $$')));
    expect(await outcome(peer)).toMatchObject({ kind: 2, value: 11 });
    peer.send(types.exec, execStart(['/bin/sleep', '60'], { id: 2 }));
    peer.send(types.execSignal, u32(2, 10, 0));
    expect(await outcome(peer, 2)).toMatchObject({ kind: 2, value: 10 });
    peer.send(types.exec, execStart(shell('sleep 60 & wait'), { id: 3 }));
    await delay(100);
    peer.send(types.execSignal, u32(3, 15, 1));
    expect(await outcome(peer, 3)).toMatchObject({ kind: 2, value: 15 });
  });

  test('what cannot be executed', async () => {
    const { peer } = await guestWithClient();
    peer.send(types.exec, execStart(['/no/such']));
    expect(await outcome(peer)).toMatchObject({ kind: 3, value: 2 });
    peer.send(types.exec, execStart(['/etc/passwd'], { id: 2 }));
    expect(await outcome(peer, 2)).toMatchObject({ kind: 3, value: 13 });
    peer.send(types.exec, execStart(['/bin/true'], { id: 3, cwd: '/no/such' }));
    expect(await outcome(peer, 3)).toMatchObject({ kind: 3, value: 2 });
  });

  test('arguments, environment, folder; found in PATH', async () => {
    const { peer } = await guestWithClient();
    const env = ['A=b c', 'PATH=/bin:/usr/bin', 'N=x\ny'];
    peer.send(
      types.exec,
      execStart(['sh', '-c', 'pwd; env -0; printf "<%s>" "$@"', 'sh', '', 'ü "'], { cwd: '/usr', env }),
    );
    const { stdout } = await outcome(peer);
    const text = String(stdout);
    expect(text.startsWith('/usr\n')).toBe(true);
    for (const one of env) expect(text).toContain(`${one}\0`);
    expect(text.endsWith('<><ü ">')).toBe(true);
  });

  const asAnother = async () => {
    const { peer } = await guestWithClient();
    peer.send(types.exec, execStart(shell('id -u; id -g; id -G'), { uid: 1234, gid: 2345 }));
    expect(String((await outcome(peer)).stdout)).toBe('1234\n2345\n2345\n');
  };
  if (isRoot) test('as another user', asAnother);

  test('stdin: bytes in, the same bytes out, 3 MB through both windows', async () => {
    const { peer } = await guestWithClient();
    const data = Buffer.alloc(3_000_000, (Math.random() * 255) | 0);
    for (let i = 0; i < data.length; i += 1009) data[i] = i & 255;
    peer.send(types.exec, execStart(['/bin/cat'], { flags: withInput }));
    for (let at = 0; at < data.length; at += 50_000)
      peer.send(types.stdin, u32(1), data.subarray(at, at + 50_000));
    peer.send(types.stdin, u32(1));
    const { kind, value, stdout } = await outcome(peer);
    expect([kind, value]).toEqual([1, 0]);
    expect(stdout.equals(data)).toBe(true);
  });

  test('stdin that nobody reads, and none at all', async () => {
    const { peer } = await guestWithClient();
    peer.send(types.exec, execStart(shell('exec 0<&-; sleep 0.3; echo done'), { flags: withInput }));
    for (let i = 0; i < 20; i += 1) peer.send(types.stdin, u32(1), Buffer.alloc(100_000));
    expect(String((await outcome(peer)).stdout)).toBe('done\n');
    peer.send(types.exec, execStart(['/bin/cat'], { id: 2 }));
    expect(await outcome(peer, 2)).toMatchObject({ kind: 1, value: 0 });
  });

  test('merged streams stay in order', async () => {
    const { peer } = await guestWithClient();
    peer.send(types.exec, execStart(shell('echo 1; echo 2 >&2; echo 3'), { flags: merged }));
    const { stdout, stderr } = await outcome(peer);
    expect([String(stdout), String(stderr)]).toEqual(['1\n2\n3\n', '']);
  });

  test('a client that does not read holds up its program alone', async () => {
    const { peer, connect } = await guestWithClient();
    peer.socket.pause();
    peer.send(types.exec, execStart(shell('head -c 5000000 /dev/zero; echo end >&2')));
    await delay(300);
    const other = await connect();
    other.send(types.exec, execStart(shell('echo other')));
    expect(String((await outcome(other)).stdout)).toBe('other\n');
    peer.socket.resume();
    const { stdout, stderr } = await outcome(peer);
    expect([stdout.length, String(stderr)]).toEqual([5_000_000, 'end\n']);
  });

  test('a program whose child keeps its output open has ended', async () => {
    const { peer } = await guestWithClient();
    peer.send(types.exec, execStart(shell('sleep 30 & echo done')));
    expect(await outcome(peer)).toMatchObject({ kind: 1, value: 0, stdout: Buffer.from('done\n') });
  });

  test.each(['client', 'bridge'])('goes when its %s has gone', async (who) => {
    const { peer, folder, host } = await guestWithClient();
    const mark = join(folder, 'hup');
    peer.send(
      types.exec,
      execStart(shell(`trap 'echo > ${mark}; exit' HUP; echo up; while :; do sleep 0.05; done`)),
    );
    await peer.next(types.out);
    if (who === 'client') peer.close();
    else await host.kill();
    await host.until('HUP', () => existsSync(mark));
  });

  test('ids are those of each client', async () => {
    const { peer, connect } = await guestWithClient();
    const other = await connect();
    peer.send(types.exec, execStart(shell('sleep 0.2; echo one')));
    other.send(types.exec, execStart(shell('sleep 0.1; echo two')));
    expect(String((await outcome(other)).stdout)).toBe('two\n');
    expect(String((await outcome(peer)).stdout)).toBe('one\n');
  });
});

describe('files', () => {
  test('in pieces, with folders and mode, also one that holds the begin of a session', async () => {
    const { peer, folder } = await guestWithClient();
    const path = join(folder, 'made', 'deep', 'file');
    // The agent's own program holds the pattern; and one that is followed by a version, at odd places.
    const hello = Buffer.concat([Buffer.from('x'), pattern, u32(1), pattern, u32(1), Buffer.alloc(100)]);
    const data = Buffer.concat([readFileSync(agent), hello, readFileSync(probe)]);
    const piece = 70_001;
    for (let at = 0; at < data.length; at += piece) {
      peer.send(
        types.file,
        fileWrite(path, data.subarray(at, at + piece), { flags: at === 0 ? 1 : 0, mode: 0o750, offset: at }),
      );
      expect((await peer.next(types.fileOk)).data.readInt32LE(4)).toBe(0);
    }
    expect(readFileSync(path).equals(data)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o750);
  });

  test('folders, links, and what cannot be', async () => {
    const { peer, folder } = await guestWithClient();
    const put = async (path: string, data: string, flags: number, mode = 0o700): Promise<number> => {
      peer.send(types.file, fileWrite(path, Buffer.from(data), { flags, mode }));
      return (await peer.next(types.fileOk)).data.readInt32LE(4);
    };
    expect(await put(join(folder, 'dir'), '', 2)).toBe(0);
    expect(statSync(join(folder, 'dir')).isDirectory()).toBe(true);
    expect(await put(join(folder, 'dir', 'link'), '../target', 4)).toBe(0);
    expect(await put(join(folder, 'target'), 'text', 1)).toBe(0);
    expect(read(join(folder, 'dir', 'link'))).toBe('text');
    expect(await put(join(folder, 'target', 'below'), 'x', 1)).toBe(20);
    expect(await put(join(folder, 'missing'), 'x', 0)).toBe(2);
  });
});

test('stats: lines of names and numbers', async () => {
  const { peer } = await guestWithClient();
  peer.send(types.stats, u32(5));
  const { data } = await peer.next(types.statsOk);
  expect(data.readUInt32LE(0)).toBe(5);
  const text = String(data.subarray(4));
  expect(text).toMatch(/^(\w+=\d+\n)+$/);
  expect(Number(/^memory_total=(\d+)$/m.exec(text)?.[1])).toBeGreaterThan(1 << 26);
  expect(text).toMatch(/^uptime_ms=\d+$/m);
});

describe('shutdown', () => {
  test('without a daemon at once', async () => {
    const { peer, guest } = await guestWithClient();
    peer.send(types.shutdown, u32(0, 1000));
    expect(await guest.ended).toBe(0);
  });

  test('with one: after it has been stopped, and its end is in the folder', async () => {
    const folder = newFolder();
    const guest = startAgent(folder);
    const host = new Host(folder, guest.socket, { args: ['graceful'], numbers: { restart_policy: 2 } });
    await host.says('ready\n');
    const peer = await Peer.connect(join(host.folder, 'exec'));
    peers.push(peer);
    peer.send(types.shutdown, u32(1, 3000));
    expect(await guest.ended).toBe(0);
    expect(await host.bridge.ended).toBe(0);
    expect(host.page()).toMatchObject({ state: 'stopped', id });
    expect(logOf(host.folder)).toContain('TERM');
  });
});
