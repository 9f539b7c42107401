import { randomUUID } from 'node:crypto';
import type { DaemonStatus } from '@duende/core/contract';
import { readLogFolder } from '@duende/program';
import type { DaemonDocument, DaemonSettings, WosClient } from '../../src/protocol/index.ts';
import { sleep } from './kernel.ts';
import { program } from './programs.ts';

export interface Wanted extends Partial<Omit<DaemonSettings, 'run' | 'restart'>> {
  readonly restart?: Partial<DaemonSettings['restart']>;
  readonly run?: Partial<DaemonSettings['run']>;
}

/** What `daemon.spawn` takes: test/programs/daemon.c with these commands. */
export function daemonParams(name: string, commands: readonly string[], wanted: Wanted = {}) {
  const { restart, run, ...others } = wanted;
  return {
    name,
    instance: randomUUID() as string,
    run: { module: program('daemon'), args: ['daemon', ...commands], ...run },
    restart: {
      policy: 'never' as const,
      ...{ delay: 100, factor: 2, maxDelay: 30_000, maxRestarts: 10, window: 60_000 },
      ...restart,
    },
    readiness: 'none' as const,
    startTimeout: 30_000,
    stopSignal: 'TERM' as const,
    stopTimeout: 10_000,
    logs: { maxSize: 10 * 1024 * 1024, files: 5 },
    spec: { name, program: 'daemon' },
    ...others,
  };
}

/** A daemon over the control socket. */
export class TestDaemon {
  readonly client: WosClient;
  readonly document: DaemonDocument;

  constructor(client: WosClient, document: DaemonDocument) {
    this.client = client;
    this.document = document;
  }

  static async spawn(client: WosClient, name: string, commands: readonly string[], wanted?: Wanted) {
    return new TestDaemon(client, await client.request('daemon.spawn', daemonParams(name, commands, wanted)));
  }

  /** The same over another connection. */
  over(client: WosClient): TestDaemon {
    return new TestDaemon(client, this.document);
  }

  get key() {
    const { name, instance } = this.document;
    return { name, instance };
  }

  status = (): Promise<DaemonStatus> => this.client.request('daemon.status', this.key);
  wait = (): Promise<DaemonStatus> => this.client.request('daemon.wait', this.key);
  stop = (timeout?: number): Promise<DaemonStatus> =>
    this.client.request('daemon.stop', { ...this.key, ...(timeout === undefined ? {} : { timeout }) });
  signal = (signal: 'TERM' | 'HUP' | 'KILL' | 'STOP' | 'CONT' | 'USR1') =>
    this.client.request('daemon.signal', { ...this.key, signal });
  remove = (force = false) => this.client.request('daemon.remove', { ...this.key, force });

  /** Its status, as soon as that is so. */
  async until(holds: (status: DaemonStatus) => boolean): Promise<DaemonStatus> {
    for (const end = Date.now() + 15_000; ; await sleep(5)) {
      const status = await this.status();
      if (holds(status)) return status;
      if (Date.now() > end) throw new Error(`Never: ${holds}; ${JSON.stringify(status)}`);
    }
  }

  async lines(): Promise<string[]> {
    const lines: string[] = [];
    for await (const { text } of readLogFolder(this.document.log, () => true)) lines.push(text);
    return lines;
  }

  /** Its log, as soon as it has this line. */
  async says(line: string): Promise<string[]> {
    for (const end = Date.now() + 15_000; ; await sleep(5)) {
      const lines = await this.lines();
      if (lines.includes(line)) return lines;
      if (Date.now() > end) throw new Error(`Never said ${line}; ${JSON.stringify(lines)}`);
    }
  }
}
