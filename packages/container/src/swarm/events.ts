import type { Connection } from '../docker/connection.ts';
import { EngineError } from '../engine/engine-error.ts';
import { Subscribers } from '../engine/subscribers.ts';
import { serviceLabel } from './api.ts';

interface SwarmEvent {
  readonly Type?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> };
}

/** The service that an event is about: its own, or one of a container of its tasks on this node. */
function serviceIn(line: string): string | undefined {
  if (line.trim() === '') return undefined;
  try {
    const { Type, Actor = {} } = JSON.parse(line) as SwarmEvent;
    return Type === 'service' ? Actor.ID : Actor.Attributes?.[serviceLabel];
  } catch {
    return undefined;
  }
}

async function follow(
  connection: Connection,
  { signal, begun, tell }: Parameters<ConstructorParameters<typeof Subscribers>[0]>[0],
): Promise<void> {
  const query = { filters: JSON.stringify({ type: ['service', 'container'] }) };
  const response = await connection.request('/events', { query, timeout: 10_000, signal });
  begun();
  let rest = '';
  response.body.setEncoding('utf8');
  try {
    for await (const chunk of response.body) {
      const lines = (rest + (chunk as string)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const id = serviceIn(line);
        if (id !== undefined) tell(id);
      }
    }
  } catch (cause) {
    throw new EngineError('unreachable', 'the stream of events broke', { cause });
  }
}

const streams = new WeakMap<Connection, Subscribers>();

/** One stream of each engine for everybody who waits for services; closed with the last. */
export function serviceEvents(connection: Connection): Subscribers {
  const known = streams.get(connection) ?? new Subscribers((control) => follow(connection, control));
  streams.set(connection, known);
  return known;
}
