import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DaemonState, parseSpec } from '@duende/core';
import { decodeStatePage, encodeCreatedPage } from '@duende/program';
import type { Context } from '../src/daemon.ts';
import type { ContainerPlan, ContainerState } from '../src/engine/engine.ts';
import { labelsOf } from '../src/labels.ts';
import { StateFolder } from '../src/state-folder.ts';
import { MemoryEngine } from './memory-engine.ts';
import { plainPlan } from './plans.ts';

const numbers = {
  created: 0,
  starting: 1,
  running: 2,
  paused: 3,
  stopping: 4,
  stopped: 5,
  failed: 6,
} as const;

/** A context with a folder of its own, and the daemons that a test puts there. */
export class Bench implements Context, Disposable {
  readonly engine: MemoryEngine;
  readonly state: StateFolder;
  readonly #folder = mkdtempSync(join(tmpdir(), 'duende-bench-'));
  #count = 0;

  constructor(options?: { readonly renames?: boolean }) {
    this.engine = new MemoryEngine(options);
    this.state = new StateFolder(this.#folder, 'docker');
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  uuid(): string {
    return `00000000-0000-0000-0000-${String(++this.#count).padStart(12, '0')}`;
  }

  /** A folder with a page, and the plan of its container. */
  prepare(name: string, state: DaemonState = 'created'): { key: string; id: string; plan: ContainerPlan } {
    const [key, id] = [this.uuid(), this.uuid()];
    const spec = parseSpec({ name, program: '/bin/true' }, 'container');
    this.state.make(key, spec);
    this.state.prepare(key, id, name, Buffer.alloc(0));
    const page = encodeCreatedPage(id, name);
    page.writeUInt32LE(numbers[state], 12);
    if (decodeStatePage(page)?.state !== state) throw new Error(`not the number of ${state}`);
    writeFileSync(join(this.state.run(key), 'state'), page);
    return {
      key,
      id,
      plan: { ...plainPlan, name: `duende-${name}`, labels: labelsOf(spec, key, this.state.base) },
    };
  }

  /** A daemon of ours as an earlier process has left it. */
  daemon(name: string, page: DaemonState, container: ContainerState['state'], owned = false) {
    const { key, id, plan } = this.prepare(name, page);
    if (!owned) this.disown(key);
    return {
      key,
      id,
      ...{ container: this.engine.put({ name: plan.name, labels: plan.labels, state: container }) },
    };
  }

  /** Whoever made it was killed. */
  disown(key: string): void {
    rmSync(join(this.state.folder(key), 'owner'));
  }
}
