import { prebuiltProbe } from '@duende/conformance';
import type { DaemonHandle, DaemonSpecInput, DaemonStatus } from '@duende/core';
import { afterAll } from 'vitest';
import { PepitaAdapter } from '../../src/index.ts';
import { testKernel, testState } from './harness.ts';

/** The probe of the conformance kit: a static program. */
export const probe = prebuiltProbe() as string;

/** An adapter on a state folder of its own, and what is needed to use it. Everything is removed after the tests of a file. */
export async function testAdapter() {
  const stateDirectory = testState();
  const kernel = await testKernel();
  const notes: string[] = [];
  const onProgress = (note: string) => void notes.push(note);
  const adapter = new PepitaAdapter({ stateDirectory, kernel, accel: 'tcg', onProgress });
  afterAll(async () => {
    for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
    await adapter.close();
  });
  let count = 0;
  const spawn = (args: string[], more: Partial<DaemonSpecInput> = {}): Promise<DaemonHandle> => {
    count += 1;
    return adapter.spawn({
      name: `vm-${count}`,
      program: probe,
      args,
      stopTimeout: 2000,
      ...more,
    } as DaemonSpecInput);
  };
  const texts = async (handle: DaemonHandle): Promise<string[]> => {
    const found: string[] = [];
    for await (const { text } of adapter.logs(handle)) found.push(text);
    return found;
  };
  return { adapter, stateDirectory, notes, spawn, texts };
}

/** Polls until something holds. @throws Error with what was seen last */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  timeout = 20_000,
): Promise<T> {
  for (const end = Date.now() + timeout; ; ) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`${what}: not within ${timeout} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const inState = (
  adapter: PepitaAdapter,
  handle: DaemonHandle,
  state: DaemonStatus['state'],
): Promise<DaemonStatus> =>
  until(`${handle.name} is ${state}`, async () => {
    const status = await adapter.status(handle);
    return status.state === state && status;
  });
