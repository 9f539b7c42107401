import { randomFillSync } from 'node:crypto';
import type { Signal } from '@duende/core/contract';
import { unwind } from '../../kernel/jspi.ts';
import { addressOperations } from './address-operations.ts';
import { serveHealth } from './health-server.ts';
import { openFile } from './open-file.ts';
import { Requests } from './requests.ts';
import type { Script } from './script.ts';

/** What an operation answers: nothing, a text or bytes. What it throws is an error for the script. */
export type Answer = undefined | string | Uint8Array;
export type Operation = (script: Script, values: readonly number[]) => Answer | Promise<Answer>;

const decoder = new TextDecoder();

function facts({ process, engine }: Script): string {
  void engine;
  const texts = (list: readonly Uint8Array[]) => list.map((item) => decoder.decode(item.subarray(0, -1)));
  const env = texts(process.env).map((entry) => {
    const at = entry.indexOf('=');
    return [entry.slice(0, at), entry.slice(at + 1)];
  });
  return JSON.stringify({ pid: process.pid, args: texts(process.args), env: Object.fromEntries(env) });
}

/** Like a write to a pipe: the script waits while nobody takes what it wrote. */
async function write({ process }: Script, stream: number, bytes: Uint8Array): Promise<undefined> {
  const descriptor = process.descriptors.get(stream === 2 ? 2 : 1);
  for (let at = 0; at < bytes.length; ) {
    const count = descriptor.write?.([bytes.subarray(at)]);
    if (count !== undefined) at += count;
    else await process.block<void>((wake) => descriptor.watchWrite?.(wake) ?? (() => {}));
  }
}

const mostRandom = 65_536;

/** What `__wos_host` does, by the name that is its first value. */
export const operations = {
  ...addressOperations,
  loop: (script, [turn, uncaught, begin]) =>
    script.setLoop(turn as number, uncaught as number, begin as number) as undefined,
  facts,
  version: ({ engine }) => engine.version,
  write(script, [stream, text]) {
    const bytes = script.engine.utf8(text as number);
    const mapped = stream !== undefined && script.stacks.applies(bytes) ? script.stacks.map(bytes) : bytes;
    const number = script.engine.number(stream as number);
    const descriptor = script.process.descriptors.get(number === 2 ? 2 : 1);
    // What is taken at once needs no promise.
    const count = descriptor.write?.([mapped]);
    return count === mapped.length ? '' : write(script, number, mapped.subarray(count ?? 0)).then(() => '');
  },
  exit: ({ process, engine }, [code]) => process.exit(engine.number(code as number) & 255),
  die({ process, engine }, [signal]) {
    process.end({ signal: `SIG${engine.text(signal as number) as Signal}` });
    throw unwind;
  },
  random: ({ engine }, [size]) =>
    randomFillSync(new Uint8Array(Math.min(mostRandom, engine.number(size as number) >>> 0))),
  notify({ engine, tell }, [text]) {
    tell({ type: 'notify', text: engine.text(text as number) });
    return '';
  },
  health({ engine, tell, healthServer }, [id, answer]) {
    const number = engine.number(id as number);
    const found: unknown = JSON.parse(engine.text(answer as number));
    if (number < 0) healthServer?.answer(number, found);
    else tell({ type: 'health', id: number, answer: found });
    return '';
  },
  'health-listen': async (script, [url]) => {
    script.healthServer = await serveHealth(script, script.engine.text(url as number));
    return undefined;
  },
  'health-close': (script) => {
    script.healthServer?.close();
    return '';
  },
  open: (script, [path]) => openFile(script, script.engine.text(path as number)),
  opened: (script) => script.opened,
  fetch(script, [request, body]) {
    script.requests ??= new Requests(script);
    script.requests.start(script.engine.text(request as number), script.engine.bytes(body ?? 0));
    return undefined;
  },
  'fetch-read': ({ requests, engine }, [id]) => requests?.read(engine.number(id as number)) as undefined,
  'fetch-take': ({ requests, engine }, [id]) => requests?.take(engine.number(id as number)),
  'fetch-abort': ({ requests, engine }, [id]) => requests?.abort(engine.number(id as number)) as undefined,
} satisfies Readonly<Record<string, Operation>>;
