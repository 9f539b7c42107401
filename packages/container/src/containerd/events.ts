import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Following, Subscribers } from '../engine/subscribers.ts';
import type { Connection } from './connection.ts';
import { type Any, decodeAny } from './proto-files.ts';

interface Envelope {
  readonly topic: string;
  readonly event: Any | null;
}

/** Milliseconds between two of our own events, sent until one comes back. */
const helloPause = 10;

const helloTopic = '/duende/hello';

/** What changes what `inspect` says, and our own. */
const topics = '^/(tasks/(start|exit|paused|resumed|delete)|containers/delete|duende/hello)$';

/** Nobody answers a subscription: it stands when an event of our own comes back. */
async function greet(connection: Connection, hello: string, signal: AbortSignal): Promise<void> {
  const event = { type_url: 'io.duende.Hello', value: Buffer.from(hello) };
  while (!signal.aborted) {
    await connection.call('Events.Publish', { topic: helloTopic, event }).catch(() => undefined);
    await sleep(helloPause, undefined, { signal }).catch(() => undefined);
  }
}

async function containerOf({ topic, event }: Envelope): Promise<string | undefined> {
  if (!event) return undefined;
  const { containerId, id } = (await decodeAny<{ containerId?: string; id?: string }>(event)) ?? {};
  // In an event of a task, `id` is a process of the container.
  return topic.startsWith('/containers/') ? id : containerId;
}

/** Follows the events of one namespace until `signal` says that nobody waits; rejects when the stream breaks. */
async function follow(connection: Connection, { signal, begun, tell }: Following): Promise<void> {
  const filters = [`namespace==${JSON.stringify(connection.namespace)},topic~=${JSON.stringify(topics)}`];
  const stream = await connection.readStream<Envelope>('Events.Subscribe', { filters });
  const cancel = (): void => stream.cancel();
  const hello = randomBytes(8).toString('hex');
  const heard = new AbortController();
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  void greet(connection, hello, AbortSignal.any([signal, heard.signal]));
  try {
    for await (const envelope of stream as AsyncIterable<Envelope>) {
      if (envelope.topic !== helloTopic) {
        const id = await containerOf(envelope);
        if (id) tell(id);
      } else if (!heard.signal.aborted && Buffer.from(envelope.event?.value ?? []).toString() === hello) {
        heard.abort();
        begun();
      }
    }
  } catch (error) {
    if (!signal.aborted) throw connection.explain(error);
  } finally {
    heard.abort();
    signal.removeEventListener('abort', cancel);
  }
}

/** News of containers, over one stream that is open, and holds the event loop, only while anybody watches. */
export const eventsOf = (connection: Connection): Subscribers =>
  new Subscribers((following) => follow(connection, following));
