import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { NativeAdapter } from '../src/index.ts';
import { makeStateDirectory } from './harness.ts';

afterEach(() => vi.unstubAllEnvs());

test('without strace, capabilities say so, and a trace is TracerFailed with how to get it', async () => {
  const stateDirectory = makeStateDirectory();
  // A machine that has everything but strace.
  symlinkSync('/usr/bin/mkfifo', join(stateDirectory, 'mkfifo'));
  vi.stubEnv('PATH', stateDirectory);
  const adapter = new NativeAdapter({ stateDirectory });
  const handle = await adapter.spawn({ name: 'traced', program: '/bin/sleep', args: ['60'] });
  try {
    expect(adapter.capabilities.trace).toMatchObject({ supported: false, why: 'strace is not installed' });
    await expect(adapter.attachTracer(handle)).rejects.toMatchObject({
      code: 'TracerFailed',
      reason: 'unavailable',
      hint: expect.stringContaining('install'),
    });
    expect((await adapter.status(handle)).state).toBe('running');
  } finally {
    await adapter.remove(handle, { force: true });
    await adapter.close();
    rmSync(stateDirectory, { recursive: true, force: true });
  }
});
