import { rmSync } from 'node:fs';
import type { DaemonHandle, DaemonSpecInput, DaemonStatus } from '@duende/core';
import { afterAll, afterEach } from 'vitest';
import { SystemdAdapter } from '../src/index.ts';
import { makeStateDirectory } from './harness.ts';
import { testScope } from './scope.ts';

type Program = Extract<DaemonSpecInput, { program: string }>;

export interface Bench {
  readonly adapter: SystemdAdapter;
  readonly stateDirectory: string;
  /** A name of this test run's own. */
  name(): string;
  /** Spawns `/bin/sh -c SCRIPT`: the tests' own text, never a user's. */
  shell(script: string, over?: Partial<Program>): Promise<DaemonHandle>;
  /** What it has written so far. */
  text(handle: DaemonHandle, stream?: 'stdout' | 'stderr'): Promise<string[]>;
  /** Waits until `fits`. */
  until(handle: DaemonHandle, fits: (status: DaemonStatus) => boolean): Promise<DaemonStatus>;
}

/** An adapter on a state folder of its own; whatever it has made is removed after each test. */
export function makeBench(): Bench {
  const stateDirectory = makeStateDirectory();
  const adapter = new SystemdAdapter({ scope: testScope, stateDirectory });
  const run = `t${process.pid.toString(36)}${Date.now().toString(36).slice(-4)}`;
  let count = 0;
  const name = (): string => `${run}-${++count}`;
  afterEach(async () => {
    for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
  });
  afterAll(async () => {
    await adapter.close();
    rmSync(stateDirectory, { recursive: true, force: true });
  });
  return {
    adapter,
    stateDirectory,
    name,
    shell: (script, over = {}) =>
      adapter.spawn({ name: name(), program: '/bin/sh', args: ['-c', script], stopTimeout: '2s', ...over }),
    async text(handle, stream) {
      const lines: string[] = [];
      for await (const line of adapter.logs(handle)) {
        if (stream === undefined || line.stream === stream) lines.push(line.text);
      }
      return lines;
    },
    async until(handle, fits) {
      for (const limit = Date.now() + 10_000; ; ) {
        const status = await adapter.status(handle);
        if (fits(status)) return status;
        if (Date.now() > limit) throw new Error(`not within 10 s: ${JSON.stringify(status)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}
