import type { Operation } from './operations.ts';

const parts = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
] as const;

/** Bytes of one address: longer ones would hold other processes up. */
const longest = 1024 * 1024;

function checked(text: string): string {
  if (text.length > longest) throw new Error('An address of more than 1 MiB is refused');
  return text;
}

const describe = (url: URL): string =>
  JSON.stringify(Object.fromEntries(parts.map((name) => [name, url[name]])));

/** Addresses and texts, which Node takes apart for scripts. */
export const addressOperations = {
  url({ engine }, [text, base]) {
    const [url, from] = [engine.text(text as number), base === undefined ? '' : engine.text(base)];
    const parsed = URL.parse(checked(url), from === '' ? undefined : checked(from));
    return parsed ? describe(parsed) : 'null';
  },
  'url-set'({ engine }, [href, part, value]) {
    const url = new URL(checked(engine.text(href as number)));
    const name = engine.text(part as number) as (typeof parts)[number];
    if (name !== 'origin' && parts.includes(name)) url[name] = checked(engine.text(value as number));
    return describe(url);
  },
  query: ({ engine }, [text]) =>
    JSON.stringify([...new URLSearchParams(checked(engine.text(text as number)))]),
  form: ({ engine }, [list]) =>
    JSON.stringify(
      String(new URLSearchParams(JSON.parse(checked(engine.text(list as number))) as [string, string][])),
    ),
  encode: ({ engine }, [text]) => engine.utf8(text as number),
  decoder: ({ engine }, [label]) => new TextDecoder(engine.text(label as number)).encoding,
  decode({ engine }, [bytes, label, fatal, ignoreBOM]) {
    const options = {
      fatal: engine.number(fatal as number) === 1,
      ignoreBOM: engine.number(ignoreBOM as number) === 1,
    };
    return new TextDecoder(engine.text(label as number), options).decode(engine.bytes(bytes as number));
  },
} satisfies Readonly<Record<string, Operation>>;
