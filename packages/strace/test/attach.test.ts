import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TraceEvent } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { attachStrace, type StraceHandle } from '../src/index.ts';
import { cleanUp, expectUntouched, field, requireStrace, start, startNode, until } from './targets.ts';

requireStrace();
cleanUp();

const platform = 'native';
const opens = (path: string, everyMs = 20): string =>
  `setInterval(() => { try { require('fs').readFileSync('${path}') } catch {} }, ${everyMs})`;

async function find(trace: StraceHandle, wanted: (event: TraceEvent) => boolean): Promise<TraceEvent> {
  for await (const event of trace) if (wanted(event)) return event;
  throw new Error('the trace has ended without the call');
}

const about = (text: string) => (event: TraceEvent) => event.args.some((argument) => argument.includes(text));

describe('a running process', () => {
  test('its calls arrive with result and error; after break it runs on untouched', async () => {
    const { pid } = await startNode(opens('/nonexistent/unique-1, (x)'));
    const trace = await attachStrace({ pid, platform });
    expect(field(pid, 'TracerPid')).not.toBe('0');
    const event = await find(trace, about('unique-1'));
    expect(event).toMatchObject({
      pid,
      call: 'openat',
      args: ['AT_FDCWD', '"/nonexistent/unique-1, (x)"', 'O_RDONLY|O_CLOEXEC'],
      result: '-1',
      error: 'ENOENT',
    });
    expect(event.duration).toBeGreaterThan(0);
    expect(Math.abs(Date.parse(event.time) - Date.now())).toBeLessThan(60_000);
    expect(event.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(trace.summary().calls.openat?.errors).toBeGreaterThan(0);
    expect(trace.unparsed).toBe(0);
    await expectUntouched(pid);
  });

  test('every call from the resolve on is seen', async () => {
    // The target opens on demand only: what it opens right after attach must not be missed.
    const { child, pid } = await startNode(
      `let n = 0; process.on('SIGUSR2', () => { try { require('fs').readFileSync('/nonexistent/demand-' + n++) } catch {} }); setInterval(() => {}, 1e6)`,
    );
    for (let round = 0; round < 5; round += 1) {
      const trace = await attachStrace({ pid, platform, calls: ['openat'] });
      child.kill('SIGUSR2');
      await expect(find(trace, about(`demand-${round}`))).resolves.toMatchObject({ error: 'ENOENT' });
    }
  });

  test('calls narrows the trace; detach is idempotent, ends the iteration and leaves no file', async () => {
    const { pid } = await startNode(opens('/nonexistent/unique-2'));
    const trace = await attachStrace({ pid, platform, calls: ['openat', '%network'] });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const event of trace) seen.push(event.call);
    })();
    await until('five calls', () => seen.length >= 5);
    await Promise.all([trace.detach(), trace.detach()]);
    await trace.detach();
    await reading;
    expect(new Set(seen)).toEqual(new Set(['openat']));
    expect(trace.summary().total).toBe(seen.length);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('duende-strace-'))).toEqual([]);
    await expectUntouched(pid);
  });

  test('an abort signal ends the trace', async () => {
    const { pid } = await startNode(opens('/nonexistent/unique-3'));
    const controller = new AbortController();
    const trace = await attachStrace({ pid, platform, signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    let count = 0;
    for await (const _ of trace) count += 1;
    expect(count).toBeGreaterThan(0);
    await until('no tracer', () => field(pid, 'TracerPid') === '0');
    await expectUntouched(pid);
    await expect(attachStrace({ pid, platform, signal: controller.signal })).rejects.toBe(
      controller.signal.reason,
    );
  });

  test('a second trace is possible after the first', async () => {
    const { pid } = await startNode(opens('/nonexistent/unique-4'));
    for (let round = 0; round < 3; round += 1) {
      const trace = await attachStrace({ pid, platform });
      await find(trace, about('unique-4'));
    }
    await expectUntouched(pid);
  });
});

describe('threads, children and stops', () => {
  test('all threads that there are, and those made later', async () => {
    const worker = `new (require('worker_threads').Worker)("setInterval(() => { try { require('fs').readFileSync('/nonexistent/worker-' + WHO) } catch {} }, 20)".replace('WHO', JSON.stringify(who)), { eval: true })`;
    const { child, pid } = await startNode(
      `const add = (who) => ${worker}; add('old'); process.on('SIGUSR2', () => add('new'))`,
    );
    const trace = await attachStrace({ pid, platform });
    expect((await findOnly(trace, about('worker-old'))).pid).not.toBe(pid);
    child.kill('SIGUSR2');
    expect((await findOnly(trace, about('worker-new'))).pid).not.toBe(pid);
    await trace.detach();
    await expectUntouched(pid);
  });

  test('children are followed', async () => {
    const { pid } = await start('/bin/sh', [
      '-c',
      'echo ready; while :; do cat /nonexistent/child 2>&-; sleep 0.05; done',
    ]);
    const trace = await attachStrace({ pid, platform });
    const event = await find(trace, about('/nonexistent/child"'));
    expect(event.pid).not.toBe(pid);
    await expectUntouched(pid);
  });

  test('a stopped process stays stopped, and is traced when it goes on', async () => {
    const { child, pid } = await startNode(opens('/nonexistent/unique-5'));
    child.kill('SIGSTOP');
    await until('stopped', () => field(pid, 'State') === 'T');
    const trace = await attachStrace({ pid, platform });
    await trace.detach();
    await sleep(50);
    expect(field(pid, 'State')).toBe('T');

    const second = await attachStrace({ pid, platform });
    child.kill('SIGCONT');
    await find(second, about('unique-5'));
    await expectUntouched(pid);
  });
});

describe('ends', () => {
  test('the process ends: so does the iteration, and detach still resolves', async () => {
    const { child, pid } = await startNode(opens('/nonexistent/unique-6'));
    const trace = await attachStrace({ pid, platform });
    setTimeout(() => child.kill('SIGTERM'), 100);
    const events = await all(trace);
    expect(events.length).toBeGreaterThan(0);
    await trace.detach();
    await until('gone', () => child.signalCode === 'SIGTERM');
  });

  test('strace is killed with -9: the iteration ends and the process runs on', async () => {
    const { pid } = await startNode(opens('/nonexistent/unique-7', 1));
    const trace = await attachStrace({ pid, platform });
    const iterator = trace[Symbol.asyncIterator]();
    await iterator.next();
    process.kill(Number(field(pid, 'TracerPid')), 'SIGKILL');
    for (let next = await iterator.next(); !next.done; next = await iterator.next());
    await trace.detach();
    await expectUntouched(pid);
  });

  test('a consumer that never reads neither stops the process nor fills the memory', async () => {
    const { pid } = await startNode(opens('/nonexistent/unique-8', 0));
    const trace = await attachStrace({ pid, platform, bufferSize: 20_000 });
    await until('dropped', () => trace.dropped > 2000);
    expect(field(pid, 'TracerPid')).not.toBe('0');
    await trace.detach();
    const events = await all(trace);
    expect(events.length + trace.dropped).toBe(trace.summary().total);
    await expectUntouched(pid);
  });
});

/** Like find, without ending the trace. */
async function findOnly(trace: StraceHandle, wanted: (event: TraceEvent) => boolean): Promise<TraceEvent> {
  const iterator = trace[Symbol.asyncIterator]();
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    if (wanted(next.value)) return next.value;
  }
  throw new Error('the trace has ended without the call');
}

async function all(trace: StraceHandle): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  for await (const event of trace) events.push(event);
  return events;
}
