import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { DaemonHandle, LogLine } from '@duende/core';
import { execa } from 'execa';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { findHelper } from '../src/helper-program.ts';
import { SystemdAdapter } from '../src/index.ts';
import {
  drainJournal,
  type JournalOptions,
  type JournalQuery,
  readJournal,
  userIdOf,
} from '../src/journal/index.ts';
import { StateFolder } from '../src/state-folder.ts';
import { unitNameOf } from '../src/unit-name.ts';
import { makeStateDirectory } from './harness.ts';
import { testScope } from './scope.ts';
import { itWhen } from './when.ts';

const helper = findHelper() ?? '';
const stateDirectory = makeStateDirectory();
const adapter = new SystemdAdapter({ scope: testScope, stateDirectory });
const handles: DaemonHandle[] = [];
let number = 0;

afterEach(async () => {
  for (const handle of handles.splice(0)) await adapter.remove(handle, { force: true });
});
afterAll(async () => {
  await adapter.close();
  rmSync(stateDirectory, { recursive: true, force: true });
});

interface Start {
  readonly name?: string;
  readonly user?: string;
}

async function start(script: string, given: Start = {}): Promise<DaemonHandle> {
  const name = `journal-${process.pid}-${++number}`;
  const handle = await adapter.spawn({
    name,
    program: '/bin/bash',
    args: ['-c', script],
    cwd: '/',
    ...given,
  });
  handles.push(handle);
  return handle;
}

function queryOf({ name }: DaemonHandle): JournalQuery {
  const page = new StateFolder(stateDirectory, testScope).page(name);
  if (typeof page === 'string') throw new Error(page);
  return { scope: testScope, unit: unitNameOf(name), created: { bootId: page.bootId, ...page.created } };
}

async function run(script: string, given: Start = {}): Promise<JournalQuery> {
  const handle = await start(script, given);
  await adapter.wait(handle);
  await drainJournal(helper);
  return queryOf(handle);
}

async function read(query: JournalQuery, options: JournalOptions = {}): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of readJournal(query, options)) lines.push(line);
  return lines;
}

const texts = (lines: readonly LogLine[]): string[] => lines.map(({ text }) => text);

describe('readJournal', () => {
  it('tells the streams apart and keeps what is in the lines', async () => {
    // journald reads the two connections one after the other: only what is some time apart is in order.
    const script = `echo '  out'; sleep 0.1; echo $'\\terr' >&2; sleep 0.1; echo $'\\e[1mé\\e[0m'; printf end`;
    const lines = await read(await run(script));
    expect(lines.map(({ stream, text }) => `${stream} ${text}`)).toEqual([
      'stdout   out',
      'stderr \terr',
      'stdout \u001b[1mé\u001b[0m',
      'stdout end',
    ]);
    for (const { time } of lines) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(lines.map(({ time }) => time)).toEqual(lines.map(({ time }) => time).sort());
  });

  it('finds the lines of processes that end at once', async () => {
    const query = await run('for i in {1..50}; do /bin/echo $i; /bin/echo $i >&2; done');
    const lines = await read(query);
    const wanted = Array.from({ length: 50 }, (_, index) => String(index + 1));
    expect(texts(lines.filter(({ stream }) => stream === 'stdout'))).toEqual(wanted);
    expect(texts(lines.filter(({ stream }) => stream === 'stderr'))).toEqual(wanted);
  });

  itWhen(testScope === 'system')('finds them of a daemon that runs as another user', async () => {
    const script = 'for i in {1..50}; do /bin/echo $i; done';
    const query = await run(script, { user: 'nobody' });
    const uid = await userIdOf('nobody');
    expect(uid).toBeGreaterThan(0);
    const wanted = Array.from({ length: 50 }, (_, index) => String(index + 1));
    expect(texts(await read({ ...query, ...(uid === undefined ? {} : { uid }) }))).toEqual(wanted);
  });

  it('joins long lines and such with NULs', async () => {
    const query = await run(`head -c 200000 /dev/zero | tr '\\0' x; echo; printf 'a\\0b\\nlast\\n'`);
    expect(texts(await read(query))).toEqual(['x'.repeat(200_000), 'a\0b', 'last']);
    expect(texts(await read(query, { tail: 3 }))).toEqual(['x'.repeat(200_000), 'a\0b', 'last']);
    expect(texts(await read(query, { tail: 2 }))).toEqual(['a\0b', 'last']);
  });

  it('gives the last lines', async () => {
    const query = await run('seq 3000');
    const all = Array.from({ length: 3000 }, (_, index) => String(index + 1));
    expect(texts(await read(query))).toEqual(all);
    expect(texts(await read(query, { tail: 1 }))).toEqual(['3000']);
    expect(texts(await read(query, { tail: 1700 }))).toEqual(all.slice(-1700));
    expect(texts(await read(query, { tail: 5000 }))).toEqual(all);
    expect(await read(query, { tail: 0 })).toEqual([]);
  });

  it('gives the last lines of a daemon that is writing, and no more', async () => {
    const handle = await start('while :; do echo $((n++)); done');
    await delay(500);
    const lines = texts(await read(queryOf(handle), { tail: 5000 })).map(Number);
    expect(lines).toEqual(Array.from({ length: 5000 }, (_, index) => (lines[0] ?? 0) + index));
    await adapter.stop(handle);
  });

  it('counts a line without an end as one of the last', async () => {
    const query = await run(`seq 3; printf 'a\\0'`);
    expect(texts(await read(query, { tail: 2 }))).toEqual(['3', 'a']);
    expect(texts(await read(query))).toEqual(['1', '2', '3', 'a']);
  });

  it('gives lines since a time', async () => {
    const query = await run('echo one; sleep 0.3; echo two; echo three');
    const lines = await read(query);
    const since = new Date(Date.parse(lines[1]?.time ?? '') - 100);
    expect(texts(await read(query, { since }))).toEqual(['two', 'three']);
    expect(texts(await read(query, { since, tail: 1 }))).toEqual(['three']);
    expect(texts(await read(query, { since, tail: 9 }))).toEqual(['two', 'three']);
    expect(await read(query, { since: new Date(Date.now() + 60_000) })).toEqual([]);
  });

  it('gives nothing of an earlier daemon of the name', async () => {
    const name = `journal-${process.pid}-twice`;
    const first = await start('echo first', { name });
    await adapter.wait(first);
    await drainJournal(helper);
    expect(texts(await read(queryOf(first)))).toEqual(['first']);
    await adapter.remove(first);
    const second = await start('echo second', { name });
    await adapter.wait(second);
    await drainJournal(helper);
    expect(texts(await read(queryOf(second)))).toEqual(['second']);
    expect(texts(await read(queryOf(second), { tail: 10 }))).toEqual(['second']);
  });

  it('is the same for another process', async () => {
    const query = await run('seq 100');
    const { bootId, monotonicUsec, wallUsec } = query.created;
    const script = `
      import { readJournal } from ${JSON.stringify(new URL('../src/journal/index.ts', import.meta.url).href)};
      const created = { bootId: '${bootId}', monotonicUsec: ${monotonicUsec}n, wallUsec: ${wallUsec}n };
      const lines = await Array.fromAsync(readJournal({ scope: '${testScope}', unit: '${query.unit}', created }));
      console.log(JSON.stringify(lines));`;
    const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', script]);
    expect(JSON.parse(stdout)).toEqual(await read(query));
  });
});

describe('a follow', () => {
  it('gives a line within 200 ms, many times', async () => {
    const handle = await start('while sleep 0.07; do echo $EPOCHREALTIME; done');
    const late: number[] = [];
    for await (const { text } of readJournal(queryOf(handle), { followUntil: new Promise(() => {}) })) {
      late.push(Date.now() - 1000 * Number(text));
      if (late.length === 40) break;
    }
    // One of them may be a busy machine's.
    expect(late.sort((a, b) => a - b).at(-2)).toBeLessThan(200);
  });

  it('begins with what there is, or its tail, and goes on', async () => {
    const handle = await start('seq 5; sleep 0.5; seq 6 8');
    await delay(200);
    const followUntil = adapter.wait(handle).then(async () => await drainJournal(helper));
    const options: JournalOptions[] = [{}, { tail: 2 }, { tail: 0 }];
    const all = await Promise.all(
      options.map(async (option) => texts(await read(queryOf(handle), { ...option, followUntil }))),
    );
    expect(all).toEqual([
      ['1', '2', '3', '4', '5', '6', '7', '8'],
      ['4', '5', '6', '7', '8'],
      ['6', '7', '8'],
    ]);
  });

  it('with a tail of a daemon that has said nothing yet gives all that it says', async () => {
    const handle = await start('sleep 0.4; echo one; echo two');
    const followUntil = adapter.wait(handle).then(async () => await drainJournal(helper));
    expect(texts(await read(queryOf(handle), { tail: 1, followUntil }))).toEqual(['one', 'two']);
  });

  it('ends by its signal, at once', async () => {
    const handle = await start('echo one; sleep 60');
    const controller = new AbortController();
    const { signal } = controller;
    setTimeout(() => controller.abort(), 300);
    const begin = performance.now();
    expect(texts(await read(queryOf(handle), { followUntil: new Promise(() => {}), signal }))).toEqual([
      'one',
    ]);
    expect(performance.now() - begin).toBeLessThan(2000);
    expect(await read(queryOf(handle), { signal })).toEqual([]);
  });

  itWhen(testScope === 'system')('loses nothing while the journal rotates', async () => {
    const handle = await start('for i in {1..600}; do echo $i; sleep 0.003; done');
    const followUntil = adapter.wait(handle).then(async () => await drainJournal(helper));
    const reading = read(queryOf(handle), { followUntil });
    for (let round = 0; round < 4; round += 1) {
      await delay(300);
      await execa('journalctl', ['--rotate']);
    }
    expect(texts(await reading)).toEqual(Array.from({ length: 600 }, (_, index) => String(index + 1)));
    // And the same when it is read again, out of several files.
    expect(texts(await read(queryOf(handle)))).toHaveLength(600);
  });
});
