import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../fail.ts';
import { isAbsent, QmpClient } from './qmp-client.ts';
import { vmFiles } from './vm-config.ts';
import { shortSocketPath } from './vm-socket.ts';

/** Milliseconds between two tries to reach a QEMU that has just been started. */
const pause = 3;
/** Milliseconds between two looks whether its process is there at all. */
const lookInterval = 100;
/** Milliseconds for which other clients may have the socket. */
const sessionPatience = 30_000;

interface ConnectOptions {
  /** Milliseconds. */
  readonly patience: number;
  /** Whether nobody will ever listen. */
  readonly isGone: () => Promise<boolean>;
}

/** Connects to a QEMU that may not listen yet. @throws PlatformError when it has ended, or does not come */
export async function connectQmp(folder: string, { patience, isGone }: ConnectOptions): Promise<QmpClient> {
  const until = Date.now() + patience;
  const { path, close } = shortSocketPath(folder, vmFiles.qmp);
  try {
    for (let look = Date.now() + lookInterval; ; await sleep(pause)) {
      try {
        return await QmpClient.connect(path, Math.max(1, until - Date.now()));
      } catch (error) {
        if (!isAbsent(error) || Date.now() >= until) throw error;
      }
      if (Date.now() < look) continue;
      if (await isGone()) throw failure('QEMU has ended at once', 'engine-error');
      look = Date.now() + lookInterval;
    }
  } finally {
    close();
  }
}

/**
 * One short conversation with the QEMU of a folder, whose socket is free for the next client then.
 * @throws PlatformError `not-running` when nobody listens; what `work` throws
 */
export async function withQmp<T>(folder: string, work: (qmp: QmpClient) => Promise<T>): Promise<T> {
  const isGone = async () => true;
  const qmp = await connectQmp(folder, { patience: sessionPatience, isGone }).catch((error: unknown) => {
    if (!isAbsent(error) && !/has ended at once/.test(String(error))) throw error;
    throw failure('The VM does not run', 'not-running', { cause: error });
  });
  try {
    return await work(qmp);
  } finally {
    qmp.close();
  }
}
