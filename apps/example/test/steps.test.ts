// Each step must notice when a platform does it wrong.
import { type Capabilities, type DaemonHandle, type PlatformAdapter, supported, unsupported } from 'duende';
import { expect, test } from 'vitest';
import type { Demo } from '../src/demo/counter.ts';
import * as steps from '../src/demo/steps.ts';

const handle: DaemonHandle = {
  version: 1,
  name: 'counter',
  platform: 'native',
  id: 'one',
  data: { kind: 'native', pid: 1 },
};
const running = { state: 'running', pid: 5, restarts: 0, startedAt: '2026-01-01T00:00:00Z' } as const;

async function* lines(...counts: number[]) {
  for (const count of counts) {
    yield {
      time: '2026-01-01T00:00:00.000000Z',
      stream: 'stdout' as const,
      text: JSON.stringify({ msg: 'count', count, step: 1000 }),
    };
  }
}

/** A demo on an adapter of which only the given methods exist. */
function demoOn(methods: Partial<PlatformAdapter>, capabilities: Partial<Capabilities> = {}): Demo {
  return {
    adapter: { ...methods, capabilities } as PlatformAdapter,
    name: 'counter',
    folder: '/nowhere',
    healthUrl: 'http://127.0.0.1:1/',
    signal: new AbortController().signal,
  };
}

test('status: a daemon that does not run, or is not listed', async () => {
  const ended = { state: 'stopped', restarts: 0 } as const;
  await expect(steps.status(demoOn({ status: async () => ended }), handle)).rejects.toThrow(
    'a running daemon, got stopped',
  );
  const unlisted = demoOn({ status: async () => running, list: async () => [{ ...handle, id: 'two' }] });
  await expect(steps.status(unlisted, handle)).rejects.toThrow('in list()');
});

test('logs: a lost first line, or too few', async () => {
  await expect(steps.logs(demoOn({ logs: () => lines(2, 3, 4) }), handle)).rejects.toThrow('got 2, 3, 4');
  await expect(steps.logs(demoOn({ logs: () => lines(1, 2) }), handle)).rejects.toThrow('Only 2 of 3');
});

test('kill: no restart counted', async () => {
  const pids = [5, 6];
  const demo = demoOn({
    signal: async () => {},
    status: async () => ({ ...running, pid: pids.shift() ?? 6 }),
  });
  await expect(steps.kill(demo, handle)).rejects.toThrow('one restart, got 0');
});

test('stop: another exit than 0', async () => {
  const demo = demoOn({
    logs: () => lines(1000),
    stop: async () => ({ state: 'failed', reason: 'signal', restarts: 1, exit: { signal: 'SIGKILL' } }),
  });
  await expect(steps.stop(demo, handle)).rejects.toThrow('exit 0, got {"state":"failed"');
});

test('remove: it is still found', async () => {
  const demo = demoOn({ remove: async () => {}, find: async () => handle });
  await expect(steps.remove(demo, handle)).rejects.toThrow('no daemon of this name');
});

test('what the platform cannot do is said, not hidden', async () => {
  const why = unsupported('it has no eyes');
  const health = { http: why, tcp: why, command: supported('the test') };
  const demo = demoOn({}, { trace: why, health });
  expect(await steps.trace(demo, handle)).toEqual(['not traced: it has no eyes']);
  expect(await steps.health(demo)).toEqual(['not shown: it has no eyes']);
});
