import { describe, expect, test } from 'vitest';
import type { KeepAlive } from '../src/definition.ts';
import { type Exit, shouldKeepAlive, type World } from '../src/keep-alive.ts';

const none: KeepAlive = {
  always: false,
  pathState: new Map(),
  otherJobEnabled: new Map(),
  afterInitialDemand: false,
};
const world: World = { pathExists: (path) => path === '/there', jobLoaded: (label) => label === 'loaded' };
const exits: Record<string, Exit> = {
  ok: { kind: 'code', code: 0 },
  failed: { kind: 'code', code: 1 },
  killed: { kind: 'signal', signal: 9 },
  crashed: { kind: 'signal', signal: 11 },
  never: { kind: 'never' },
};

describe('whether a job runs again', () => {
  test.each<[string, KeepAlive | undefined, string[]]>([
    ['no KeepAlive', undefined, []],
    ['always', { ...none, always: true }, ['ok', 'failed', 'killed', 'crashed', 'never']],
    ['SuccessfulExit true', { ...none, successfulExit: true }, ['ok']],
    ['SuccessfulExit false', { ...none, successfulExit: false }, ['failed', 'killed', 'crashed']],
    // Measured on macOS 15: SIGKILL is no crash.
    ['Crashed true', { ...none, crashed: true }, ['crashed']],
    ['Crashed false', { ...none, crashed: false }, ['ok', 'failed', 'killed']],
    ['ORed', { ...none, crashed: true, successfulExit: true }, ['ok', 'crashed']],
    ['PathState holds', { ...none, pathState: new Map([['/there', true]]) }, Object.keys(exits)],
    ['PathState does not', { ...none, pathState: new Map([['/there', false]]) }, []],
    ['OtherJobEnabled', { ...none, otherJobEnabled: new Map([['absent', false]]) }, Object.keys(exits)],
  ])('%s', (_, keepAlive, restarted) => {
    const again = Object.keys(exits).filter((name) => shouldKeepAlive(keepAlive, exits[name] as Exit, world));
    expect(again).toEqual(restarted);
  });
});
