import { parseSpec } from '@duende/core';
import { expect, test } from 'vitest';
import { encodeFrame, FrameReader, words } from '../src/adapter/frames.ts';
import { guestError } from '../src/adapter/started.ts';

const spec = parseSpec({ name: 'web', program: '/srv/web', cwd: '/nowhere' }, 'pepita');

test.each<[line: string, wanted: object]>([
  ['exec 2 ', { code: 'SpawnFailed', reason: 'exec-failed', field: 'program' }],
  ['cwd 2 ', { code: 'SpawnFailed', reason: 'exec-failed', field: 'cwd' }],
  ['timeout 0 last', { code: 'SpawnFailed', reason: 'timeout' }],
  ['exited-code 3 ', { code: 'SpawnFailed', reason: 'exec-failed' }],
  ['resources.openFilesMax 1 ', { code: 'Config', field: 'resources.openFilesMax' }],
  ['sandbox.filesystem 22 ', { code: 'Config', field: 'sandbox.filesystem' }],
  ['root 19 ', { code: 'SpawnFailed', reason: 'engine-error' }],
])('what the guest says of a start that failed: %s', (line, wanted) => {
  expect(guestError(line, spec, '/srv/web')).toMatchObject({ platform: 'pepita', ...wanted });
});

test('frames are whole whatever the pieces are in which they come', () => {
  const bytes = Buffer.concat([encodeFrame(70, words(1, 2), Buffer.from('text')), encodeFrame(13)]);
  for (let size = 1; size <= bytes.length; size += 1) {
    const reader = new FrameReader();
    const frames = [];
    for (let at = 0; at < bytes.length; at += size)
      frames.push(...reader.push(bytes.subarray(at, at + size)));
    expect(frames.map(({ type, payload }) => [type, payload.toString('latin1')])).toEqual([
      [70, '\x01\0\0\0\x02\0\0\0text'],
      [13, ''],
    ]);
  }
});
