import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '@duende/core/contract';
import * as z from 'zod/mini';
import { WosClient } from '../protocol/client.ts';
import type { KernelDocument } from '../protocol/documents.ts';
import { decodeError, wosError } from '../protocol/errors.ts';
import { bootTimeout, launch } from './launch.ts';
import type { WosPaths } from './paths.ts';
import { type Report, reportSchema } from './report.ts';

export interface Started {
  readonly client: WosClient;
  /** What the kernel before it left running; known to who started it. */
  readonly lost: KernelDocument['lost'];
}

/**
 * @param launched the report of one that is on its way
 * @throws PlatformError as `WosClient.connect()`, and what keeps it from booting
 */
export async function connectOrLaunch(
  stateDirectory: string,
  paths: WosPaths,
  launched?: Promise<string>,
): Promise<Started> {
  let begun = launched;
  for (const end = Date.now() + bootTimeout; ; await delay(10)) {
    const there = begun === undefined ? await connectIfThere(paths.base) : undefined;
    if (there) return { client: there, lost: [] };
    const answer = await reportOf(begun ?? launch(stateDirectory, paths), paths.log);
    begun = undefined;
    if ('lost' in answer) return { client: await WosClient.connect(paths.base), lost: answer.lost };
    // Another client was quicker, and its kernel listens soon; or one is about to end, and leaves its place.
    if (answer.error.reason !== 'already-exists') throw decodeError(answer.error);
    if (Date.now() < end) continue;
    throw wosError('SpawnFailed', 'timeout', `The kernel does not answer after ${bootTimeout} ms`, {
      hint: `See ${paths.log}`,
    });
  }
}

async function connectIfThere(folder: string): Promise<WosClient | undefined> {
  try {
    return await WosClient.connect(folder);
  } catch (error) {
    if (PlatformError.isInstance(error) && error.code === 'StatusFailed' && error.reason === 'unavailable')
      return undefined;
    throw error;
  }
}

async function reportOf(launched: Promise<string>, log: string): Promise<Report> {
  try {
    return parse(await launched, log);
  } catch (error) {
    if (PlatformError.isInstance(error)) throw error;
    throw wosError('SpawnFailed', 'exec-failed', `The kernel cannot be started: ${(error as Error).message}`);
  }
}

function parse(text: string, log: string): Report {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = z.safeParse(reportSchema, value);
  if (parsed.success) return parsed.data;
  throw wosError('SpawnFailed', 'exec-failed', 'The kernel ended while it booted', { hint: `See ${log}` });
}
