import { bootId, decodeStatePage, encodeCreatedPage, statePageSize } from '@duende/program';
import { expect, test } from 'vitest';

const id = '4286f30c-ff71-40c4-92f1-dec51771c4c7';

test('the page of a daemon that nothing has been heard of is one that everybody reads', () => {
  const bytes = encodeCreatedPage(id, 'web');
  expect(bytes).toHaveLength(statePageSize);
  expect(decodeStatePage(bytes)).toEqual({
    state: 'created',
    main: { pid: 0, startTime: 0n },
    supervisor: { pid: 0, startTime: 0n },
    guardian: { pid: 0, startTime: 0n },
    restarts: 0,
    startedMs: 0,
    finishedMs: 0,
    restartAtMs: 0,
    exit: undefined,
    lastExit: undefined,
    reason: undefined,
    health: 'unknown',
    logErrno: 0,
    ready: false,
    id,
    bootId: bootId(),
    name: 'web',
    message: '',
    firstPid: 0,
  });
});

test.each([1, 62, 63])('a name of %d letters comes back whole', (length) => {
  const name = 'n'.repeat(length);
  expect(decodeStatePage(encodeCreatedPage(id, name))).toMatchObject({ name, id });
});

test('its sequence is even: nobody is at it', () => {
  expect(encodeCreatedPage(id, 'web').readUInt32LE(8) % 2).toBe(0);
});
