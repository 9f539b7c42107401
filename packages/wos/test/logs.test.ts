import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readLogFolder } from '@duende/program';
import { expect, it } from 'vitest';
import { LogWriter } from '../src/kernel/log-writer.ts';
import { until, useKernel } from './support/kernel.ts';
import { describeWithPrograms, program, temporaryFolder } from './support/programs.ts';

const folder = temporaryFolder();
let count = 0;
const fresh = () => join(folder, String(count++));

async function lines(log: string): Promise<string[]> {
  const read: string[] = [];
  for await (const line of readLogFolder(log, () => true, {})) read.push(`${line.stream} ${line.text}`);
  return read;
}

it('a log is written in records that @duende/program reads, parts of lines joined', async () => {
  const target = { folder: fresh(), maxSize: 4096, files: 3 };
  const writer = new LogWriter(target);
  for (const [stream, text] of [
    ['stdout', 'one\ntw'],
    ['stderr', 'err\n'],
    ['stdout', 'o\n\nünfinished'],
  ] as const) {
    writer.write(stream, Buffer.from(text));
  }
  writer.flush();
  writer.close();
  const records = readFileSync(join(target.folder, '0000000001'), 'utf8').trimEnd().split('\n');
  expect(records.map((record) => record.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z /, ''))).toEqual([
    'stdout F one',
    'stdout P tw',
    'stderr F err',
    'stdout F o',
    'stdout F ',
    'stdout P ünfinished',
  ]);
  expect((await lines(target.folder)).sort()).toEqual([
    'stderr err',
    'stdout ',
    'stdout one',
    'stdout two',
    'stdout ünfinished',
  ]);
  expect(statSync(target.folder).mode & 0o777).toBe(0o700);
});

it('a log goes on after its last file, rotates between lines, and keeps so many files', () => {
  const target = { folder: fresh(), maxSize: 4096, files: 2 };
  for (let run = 0; run < 3; run++) {
    const writer = new LogWriter(target);
    for (let line = 0; line < 100; line++) {
      writer.write('stdout', Buffer.from(`half of line ${run} ${line}, `));
      writer.write('stdout', Buffer.from(`${'x'.repeat(60)}\n`));
    }
    expect(writer.flush()).toBe(true);
    writer.close();
  }
  const names = readdirSync(target.folder).sort();
  expect(names).toHaveLength(3);
  for (const name of names) {
    const text = readFileSync(join(target.folder, name), 'utf8');
    expect(text.length).toBeLessThan(4096 + 300);
    expect(text).toMatch(/^\S+ stdout P half of line /);
  }
  expect(readFileSync(join(target.folder, names[2] as string), 'utf8')).toContain('line 2 99');
});

it('a log that cannot be written says why, takes nothing more, and loses nothing', () => {
  const target = { folder: '/dev/full/log', maxSize: 4096, files: 2 };
  const writer = new LogWriter(target);
  expect(writer.write('stdout', Buffer.alloc(300_000, 'x\n'))).toBe(true);
  expect(writer.flush()).toBe(false);
  expect(writer.error?.message).toContain('ENOTDIR');
  expect(writer.write('stdout', Buffer.from('more\n'))).toBe(false);
  expect(writer.isDirty).toBe(true);
});

describeWithPrograms('logs of processes', () => {
  const test = useKernel();

  it('hold everything to the last byte when the end is known', async () => {
    const log = { folder: fresh(), maxSize: 100_000_000, files: 5 };
    const { exit } = await test.run('basics', ['lines', '50000'], { stdout: log, stderr: log });
    expect(exit).toEqual({ code: 0 });
    const read = await lines(log.folder);
    expect(read).toHaveLength(50_000);
    expect(read[49_999]).toBe('stdout line 49999 of a long series of lines that say nothing');
    const { exit: second } = await test.run('basics', ['streams'], { stdout: log, stderr: log });
    expect(second).toEqual({ code: 0 });
    expect((await lines(log.folder)).slice(50_000)).toEqual([
      'stdout out',
      'stderr err',
      'stdout unfinished',
    ]);
  });

  it('hold what a process wrote that is then killed', async () => {
    const log = { folder: fresh() };
    const pid = await test.kernel.spawn({
      name: 'count',
      module: program('basics'),
      args: ['basics', 'count'],
      stdout: log,
      stderr: log,
    });
    await until('it ticks', () => {
      try {
        return readFileSync(join(log.folder, '0000000001'), 'utf8').includes('tick 2');
      } catch {
        return false;
      }
    });
    test.kernel.signal(pid, 'KILL');
    await test.kernel.wait(pid);
    expect((await lines(log.folder)).slice(0, 3)).toEqual([
      'stdout tick 0',
      'stdout tick 1',
      'stdout tick 2',
    ]);
  });

  it('that cannot be written make their process wait, and say so; KILL ends the waiting of the process', async () => {
    const log = { folder: '/dev/null/log' };
    const pid = await test.kernel.spawn({
      name: 'lines',
      module: program('basics'),
      args: ['basics', 'lines', '50000'],
      stdout: log,
    });
    await until('it says why', () => test.kernel.status(pid).logBlocked !== undefined);
    expect(test.kernel.status(pid).logBlocked).toContain('ENOTDIR');
    expect(test.kernel.status(pid).exit).toBeUndefined();
    expect((await test.run('basics', ['exit', '0'])).exit).toEqual({ code: 0 });
    test.kernel.signal(pid, 'KILL');
    await until('it is a zombie', () => test.kernel.status(pid).state === 'zombie');
  });
});
