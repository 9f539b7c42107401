import { PlatformError } from '@duende/core/contract';
import { Errno } from '../wasi/errno.ts';
import { mailErrors } from './calls-wos.ts';
import type { GuestAnswer, GuestRequest } from './guest-request.ts';
import { reserveMail } from './mailbox.ts';
import type { ProcessRecord } from './process-info.ts';
import type { ProcessList } from './process-list.ts';
import { sendSignal } from './send-signal.ts';
import type { SharedTable } from './shared-table.ts';
import type { Spawner } from './spawner.ts';

/** What a refused spawn is for the process that asked for it. */
const spawnErrors: Readonly<Record<string, number>> = {
  unavailable: Errno.Again,
  'exec-failed': Errno.NoExec,
  'not-found': Errno.NoEntry,
};

const error = (errno: number): GuestAnswer => ({ type: 'error', errno });
const done = (errno: number): GuestAnswer => (errno === Errno.Success ? { type: 'none' } : error(errno));

/** What processes ask about others. */
export class Children {
  readonly #table: SharedTable;
  readonly #list: ProcessList;
  readonly #spawner: Spawner;

  constructor(table: SharedTable, list: ProcessList, spawner: Spawner) {
    this.#table = table;
    this.#list = list;
    this.#spawner = spawner;
  }

  receive(record: ProcessRecord, id: number, request: GuestRequest): void {
    const answer = (value: GuestAnswer) => record.place.send({ type: 'answer', id, answer: value });
    switch (request.type) {
      case 'spawn':
        this.#spawner.spawnChild(record, request.plan).then(
          (pid) => answer({ type: 'spawned', pid }),
          (reason: unknown) => answer(error(errnoOfRefusal(reason))),
        );
        return;
      case 'wait':
        this.#wait(record, id, request.child, request.poll, answer);
        return;
      case 'stop-waiting':
        // Its own answer is of no interest to anybody.
        record.childWaits.get(request.wait)?.(true);
        answer({ type: 'none' });
        return;
      case 'kill':
        answer(done(this.#kill(record, request)));
        return;
      case 'mail':
        answer(done(this.#mail(record.pid, request.pid, request.bytes)));
    }
  }

  /** Answers once: with a child that has ended, which is then reaped, or without when nobody waits any more. */
  #wait(
    record: ProcessRecord,
    id: number,
    child: number,
    poll: boolean,
    answer: (value: GuestAnswer) => void,
  ): void {
    const settle = (value: GuestAnswer) => {
      record.childWaits.delete(id);
      answer(value);
    };
    const look = (isLast: boolean) => {
      const wanted = child > 0 ? [child].filter((pid) => record.children.has(pid)) : [...record.children];
      if (wanted.length === 0) return settle(error(Errno.Child));
      const ended = wanted.map((pid) => this.#list.live(pid)).find((each) => each?.exit !== undefined);
      if (ended?.exit !== undefined) {
        this.#list.reap(ended.pid);
        return settle({ type: 'ended', pid: ended.pid, exit: ended.exit });
      }
      if (isLast) settle({ type: 'none' });
    };
    record.childWaits.set(id, look);
    look(poll);
  }

  #kill(record: ProcessRecord, { pid, signal }: Extract<GuestRequest, { type: 'kill' }>): number {
    const target = this.#list.live(pid);
    if (target === undefined) return Errno.NoSuchProcess;
    if (!this.#list.descendants(record.pid).includes(target)) return Errno.NotPermitted;
    if (signal !== undefined && !target.exit) sendSignal(target, signal);
    return Errno.Success;
  }

  #mail(from: number, to: number, bytes: Uint8Array): number {
    const reserved = reserveMail(this.#table, to, bytes.length);
    if (reserved === 'ok') this.#list.live(to)?.place.send({ type: 'mail', pid: to, from, bytes });
    return mailErrors[reserved];
  }
}

function errnoOfRefusal(reason: unknown): number {
  const name = PlatformError.isInstance(reason) ? reason.reason : undefined;
  return (name === undefined ? undefined : spawnErrors[name]) ?? Errno.InputOutput;
}
