/** A stand-in by itself, without a driver. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';
import type { Kind } from './harness.ts';
import { installStandIn, type StandIn } from './install.ts';

export interface Reply {
  readonly status: number;
  readonly body: string;
}

const started: ChildProcess[] = [];
let count = 0;

/** Its processes, and their guests with them, end after the tests of a file. */
export function cleanUpStandIns(): void {
  afterAll(async () => {
    for (const child of started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
}

export class StandInProcess {
  readonly folder: string;
  readonly ended: Promise<number | string>;
  said = '';

  constructor(parent: string, kind: Kind, args: readonly string[], standIn: StandIn = {}) {
    count += 1;
    this.folder = join(parent, `stand-in-${count}`);
    mkdirSync(this.folder);
    for (const name of ['kernel', 'disk']) writeFileSync(join(this.folder, name), name);
    const program = installStandIn(join(parent, 'bin'), kind, standIn);
    const child = spawn(program, args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    started.push(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
      });
    }
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
    });
  }

  /** One request to its socket `api`, waited for until it listens. */
  async ask(method: string, path: string, body?: unknown): Promise<Reply> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.#exchange(method, path, body);
      } catch (error) {
        if (tries === 1000 || !/ENOENT|ECONNREFUSED/.test(String(error))) throw error;
        await sleep(10);
      }
    }
  }

  #exchange(method: string, path: string, body: unknown): Promise<Reply> {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const headers = text === undefined ? {} : { 'content-length': Buffer.byteLength(text) };
    return new Promise((resolve, reject) => {
      const socketPath = join(this.folder, 'api');
      const asked = request({ socketPath, method, path, headers, agent: false }, (response) => {
        let received = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          received += part;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: received }));
      });
      asked.on('error', reject).end(text);
    });
  }
}
