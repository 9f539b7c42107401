import { EngineError } from '../engine/engine-error.ts';
import { Subscribers } from '../engine/subscribers.ts';
import type { Connection } from './connection.ts';

interface EngineEvent {
  readonly Type?: string;
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string };
  readonly id?: string;
  readonly time?: number;
  readonly timeNano?: number;
}

/** `/events` of an engine: one stream for everybody who waits, opened with the first and closed with the last. */
export class Events {
  readonly #connection: Connection;
  readonly #subscribers: Subscribers;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#subscribers = new Subscribers((control) => this.#follow(control));
  }

  watch(id: string, changed: (news: 'changed' | 'gap') => void): () => void {
    return this.#subscribers.add(id, changed);
  }

  /** @throws EngineError when the engine cannot be reached. */
  watching(): Promise<void> {
    return this.#subscribers.ready();
  }

  close(): void {
    this.#subscribers.close();
  }

  /** Runs until the stream breaks or nobody waits any more. */
  async #follow({
    signal,
    begun,
    tell,
  }: Parameters<ConstructorParameters<typeof Subscribers>[0]>[0]): Promise<void> {
    const filters = JSON.stringify({ type: ['container'] });
    const response = await this.#connection.request('/events', {
      query: { filters },
      timeout: 10_000,
      signal,
    });
    begun();
    let rest = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body) {
        rest += decoder.decode(chunk as Buffer, { stream: true });
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const id = idOf(line);
          if (id !== undefined) tell(id);
        }
      }
    } catch (cause) {
      throw new EngineError('unreachable', 'the stream of events broke', { cause });
    }
  }
}

function idOf(line: string): string | undefined {
  if (line.trim() === '') return undefined;
  try {
    const event = JSON.parse(line) as EngineEvent;
    return event.Actor?.ID ?? event.id;
  } catch {
    return undefined;
  }
}
