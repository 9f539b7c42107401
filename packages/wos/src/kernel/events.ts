import type { Children } from './children.ts';
import type { Places } from './places.ts';
import type { ProcessRecord } from './process-info.ts';
import type { ProcessList } from './process-list.ts';
import type { FromThread, OutputName } from './protocol.ts';
import { sendSignal } from './send-signal.ts';
import type { Spawner } from './spawner.ts';

/** What threads tell is passed on to whom it concerns. */
export class Events {
  readonly #list: ProcessList;
  readonly #places: Places;
  readonly #spawner: Spawner;
  readonly #children: Children;

  constructor(list: ProcessList, places: Places, spawner: Spawner, children: Children) {
    this.#list = list;
    this.#places = places;
    this.#spawner = spawner;
    this.#children = children;
  }

  receive(message: Exclude<FromThread, { type: 'online' }>): void {
    const record = this.#list.live(message.pid);
    if (record === undefined) return;
    switch (message.type) {
      case 'spawned':
      case 'refused':
        this.#spawner.settle(message);
        break;
      case 'ended':
        record.place.left();
        this.#list.end(message.pid, message.exit, message.memory);
        endQuestions(record);
        break;
      case 'output':
        void this.#output(record, message.stream, message.bytes);
        break;
      case 'news':
        if (message.news.type === 'notify') record.notify?.(message.news.text);
        else answerQuestion(record, message.news.id, message.news.answer);
        break;
      case 'consumed':
        consumed(record, message.bytes);
        break;
      case 'traced':
        record.trace?.(message.events);
        break;
      case 'log-blocked':
        record.logBlocked = message.why;
        break;
      case 'request':
        this.#children.receive(record, message.id, message.request);
        break;
      case 'mail':
        record.place.send(message);
        break;
      case 'signal':
        if (!record.exit) sendSignal(record, message.signal);
    }
  }

  /** The process may go on when the sink has dealt with it. What a sink that fails was given is lost: the status says so. */
  async #output(record: ProcessRecord, stream: OutputName, bytes: Uint8Array): Promise<void> {
    const { pid, place, options } = record;
    const sink = options[stream];
    try {
      if (typeof sink === 'function') await sink(bytes);
    } catch (error) {
      record.logBlocked = `${stream} was lost: ${(error as Error).message}`;
    }
    place.send({ type: 'acknowledge', pid, stream, bytes: bytes.length });
  }

  /** A thread is gone, and its processes with it. */
  lost(index: number, why: string): void {
    this.#places.lost(index);
    for (const record of [...this.#list.all()]) {
      if (record.place.index !== index || record.exit) continue;
      // One that is being made is refused by that.
      if (
        this.#spawner.settle({ type: 'refused', pid: record.pid, why: `its kernel thread was lost: ${why}` })
      )
        continue;
      this.#list.end(record.pid, { signal: 'SIGKILL', trap: `its kernel thread was lost: ${why}` }, 0);
      endQuestions(record);
    }
  }
}

function answerQuestion({ questions }: ProcessRecord, id: number, answer: unknown): void {
  questions.get(id)?.(answer);
  questions.delete(id);
}

/** Nobody answers them any more. */
function endQuestions({ questions }: ProcessRecord): void {
  for (const answer of questions.values()) answer(undefined);
  questions.clear();
}

function consumed(record: ProcessRecord, bytes: number): void {
  let left = bytes;
  while (left > 0) {
    const first = record.input[0];
    if (first === undefined) return;
    const part = Math.min(left, first.left);
    first.left -= part;
    left -= part;
    if (first.left > 0) return;
    record.input.shift();
    first.done();
  }
}
