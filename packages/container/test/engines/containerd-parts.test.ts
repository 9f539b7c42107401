/** What of the containerd engine needs no containerd. */
import { describe, expect, it } from 'vitest';
import { containerId } from '../../src/containerd/container-id.ts';
import { toState } from '../../src/containerd/container-state.ts';
import { toEngineError } from '../../src/containerd/grpc-error.ts';
import { chainIds } from '../../src/containerd/images.ts';
import { hasLabels, joinLabels, labelFilter } from '../../src/containerd/labels.ts';
import type { ContainerRecord, TaskRecord } from '../../src/containerd/messages.ts';
import { valuesOfV1, valuesOfV2 } from '../../src/containerd/stats.ts';
import { readTar } from '../../src/containerd/tar-reader.ts';
import { tarFile, tarHeader } from './containerd-archive.ts';

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function entries(archive: Buffer, size = 300, read = true): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, type, target, body } of readTar(pieces(archive, size))) {
    let text = '';
    if (read) for await (const piece of body) text += piece.toString();
    found.push([name, type, target || text].join(' '));
  }
  return found;
}

const end = Buffer.alloc(1024);

/** A record before a header: pax (`x`) or a GNU long name (`L`). */
function record(kind: 'x' | 'L', text: string): Buffer {
  const body = Buffer.from(text);
  const file = tarFile('record', body);
  file.write(kind, 156);
  const sum = file.subarray(0, 512).reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 32 : byte), 0);
  file.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return file;
}

describe('readTar', () => {
  const plain = [
    tarFile('./a', Buffer.from('hello')),
    tarHeader('d/', 0, '5'),
    tarHeader('l', 0, '2', '../a'),
  ];

  it.each([1, 7, 512, 100_000])('reads pieces of %d bytes', async (size) => {
    const archive = Buffer.concat([...plain, tarFile('b', Buffer.alloc(1300, 'b')), end]);
    const expected = ['a file hello', 'd/ folder ', 'l link ../a', `b file ${'b'.repeat(1300)}`];
    expect(await entries(archive, size)).toEqual(expected);
    expect(await entries(archive, size, false)).toEqual(
      expected.map((text) => text.replace(/file .*/, 'file ')),
    );
  });

  it('knows long names', async () => {
    const long = `${'x'.repeat(150)}/é`;
    const pair = ` path=${long}\n`;
    const length = Buffer.byteLength(pair) + 3;
    const archive = Buffer.concat([
      record('x', `${length}${pair}`),
      tarFile('short', Buffer.from('1')),
      record('L', `${long}\0`),
      tarFile('short', Buffer.from('2')),
      tarFile('short', Buffer.from('3')),
      end,
    ]);
    expect(await entries(archive)).toEqual([`${long} file 1`, `${long} file 2`, 'short file 3']);
  });

  it.each([
    ['cut off', Buffer.concat(plain).subarray(0, 514)],
    ['without an end', Buffer.concat(plain)],
    ['something else', Buffer.alloc(2048, 'z')],
  ])('refuses what is %s', async (_title, archive) => {
    await expect(entries(archive)).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('parts of the containerd engine', () => {
  it('makes ids of names', () => {
    for (const name of ['duende-web', 'a.b_c-1']) expect(containerId(name)).toBe(name);
    for (const name of ['a--b', 'a-', 'x'.repeat(77), 'a._b']) {
      const id = containerId(name);
      expect(id).toMatch(/^duende\.[0-9a-f]{40}$/);
      expect(containerId(id)).toBe(id);
    }
    expect(containerId('a--b')).not.toBe(containerId('a-.b'));
  });

  it('computes chain ids as OCI has them', () => {
    // $ printf 'sha256:a sha256:b' | sha256sum
    expect(chainIds(['sha256:a', 'sha256:b'])).toEqual([
      'sha256:a',
      'sha256:970a948bffa8de94d6e22d747ba8c95030e6e546909f98f54e99a13005e173a8',
    ]);
  });

  it('asks for labels in the quotes of containerd', () => {
    expect(labelFilter({ 'a.b': 'say "x", y' })).toEqual(['labels."a.b"=="say \\"x\\", y"']);
    expect(labelFilter({ a: '1', b: '2' })).toEqual(['labels."a"=="1",labels."b"=="2"']);
    expect(labelFilter({ long: 'x'.repeat(5000) })).toEqual([]);
    expect(hasLabels({ a: '1', b: '2' }, { b: '2' })).toBe(true);
    expect(hasLabels({ a: '1' }, { b: '2' })).toBe(false);
  });

  const record = (labels: Record<string, string>): ContainerRecord => ({
    id: 'x',
    labels,
    image: 'i',
    snapshotter: 's',
    snapshotKey: 'x',
    extensions: {},
  });
  const task = (status: TaskRecord['status']): TaskRecord => ({
    id: 'x',
    containerId: 'x',
    pid: 7,
    status,
    exitStatus: 9,
    exitedAt: { seconds: 1, nanos: 5e8 },
  });

  it('tells states', () => {
    const started = { 'io.duende.containerd.started': '2026-01-01T00:00:00.000Z', own: '1' };
    expect(toState(record({}), undefined)).toMatchObject({ state: 'created', exitCode: 0, startedAt: '' });
    expect(toState(record(started), undefined)).toMatchObject({
      state: 'exited',
      exitCode: -1,
      finishedAt: '',
    });
    expect(toState(record(started), task('RUNNING'))).toMatchObject({
      state: 'running',
      pid: 7,
      exitCode: 0,
    });
    expect(toState(record(started), task('PAUSED'))).toMatchObject({ state: 'paused', pid: 7 });
    const ended = { state: 'exited', pid: 0, exitCode: 9, finishedAt: '1970-01-01T00:00:01.500Z' };
    expect(toState(record(started), task('STOPPED'))).toMatchObject(ended);
    expect(joinLabels(record(started))).toEqual({ own: '1' });
  });

  it.each([
    [{ code: 14, details: 'connect ECONNREFUSED' }, 'unreachable'],
    [{ code: 14, details: 'connect EACCES /run/x' }, 'denied'],
    [{ code: 4, details: 'Deadline exceeded' }, 'timeout'],
    [{ code: 6, details: 'there' }, 'conflict'],
    [{ code: 2, details: 'write /x: no space left on device' }, 'full'],
    [{ code: 9, details: 'still running' }, 'engine'],
    [new Error('odd'), 'engine'],
  ])('says of %o that it is %s', (error, kind) => {
    expect(toEngineError(error, 'unix:///x')).toMatchObject({ kind });
  });

  it('measures in both versions of cgroups', () => {
    const v1 = valuesOfV1({
      pids: { current: 3 },
      cpu: { usage: { total: 5_000_400 } },
      memory: { totalInactiveFile: 10, usage: { usage: 110, limit: 2 ** 63 - 4096 } },
      blkio: {
        ioServiceBytesRecursive: [
          { op: 'Read', value: 1 },
          { op: 'Write', value: 2 },
          { op: 'Read', value: 3 },
        ],
      },
    });
    const common = { cpuUsec: 5000, memoryBytes: 100, pids: 3, ioReadBytes: 4, ioWriteBytes: 2 };
    expect(v1).toEqual({ ...common, memoryLimitBytes: undefined });
    const v2 = valuesOfV2({
      pids: { current: 3 },
      cpu: { usageUsec: 5000 },
      memory: { inactiveFile: 10, usage: 110, usageLimit: 4096 },
      io: {
        usage: [
          { rbytes: 1, wbytes: 2 },
          { rbytes: 3, wbytes: 0 },
        ],
      },
    });
    expect(v2).toEqual({ ...common, memoryLimitBytes: 4096 });
    expect(valuesOfV1({}).cpuUsec).toBeUndefined();
  });
});
