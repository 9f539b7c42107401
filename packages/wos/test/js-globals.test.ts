import { expect, it } from 'vitest';
import { useKernel } from './support/kernel.ts';
import { useScripts } from './support/scripts.ts';

const test = useKernel();
const scripts = useScripts(test);

/** What an expression is in a daemon, and what it is here. */
async function same(expressions: readonly string[]): Promise<void> {
  const lines = expressions.map(
    (text) =>
      `console.log(JSON.stringify(await (async () => { try { return await (${text}); } catch (e) { return e.name; } })()) ?? 'undefined');`,
  );
  const { printed, stderr } = await scripts.run(lines.join('\n'));
  const here = await Promise.all(
    expressions.map(async (text) => {
      try {
        const made = new Function(`return (async () => (${text}))()`) as () => Promise<unknown>;
        return JSON.stringify(await made()) ?? 'undefined';
      } catch (error) {
        return JSON.stringify((error as Error).name);
      }
    }),
  );
  expect(stderr).toBe('');
  expect(Object.fromEntries(expressions.map((text, index) => [text, printed[index]]))).toEqual(
    Object.fromEntries(expressions.map((text, index) => [text, here[index]])),
  );
}

it('URL and URLSearchParams are as in Node', async () => {
  await same([
    "new URL('../x?a=1&b=%20#h', 'http://user:pw@Host.example:8080/a/b').href",
    "['origin', 'host', 'port', 'pathname', 'search', 'hash', 'username'].map((name) => new URL('https://me@host:444/p?q#f')[name])",
    "(() => { const u = new URL('http://a/'); u.searchParams.append('k', 'ü &'); u.pathname = '/x y'; u.port = '81'; u.hash = 'z'; return u; })()",
    "(() => { const u = new URL('http://a/?x=1'); u.search = '?y=2&y=3'; return u.searchParams.getAll('y'); })()",
    "new URL('no address')",
    "URL.canParse('http://[::1]:80/') && !URL.canParse('http://[')",
    "[...new URLSearchParams('a=1&b=2&a=%C3%BC')]",
    "String(new URLSearchParams({ a: '1 2', b: 'ü' }))",
    "(() => { const p = new URLSearchParams([['b', '1'], ['a', '2'], ['b', '3']]); p.sort(); p.delete('b', '1'); p.set('c', '4'); return [p.size, p.toString(), p.has('a', '2'), p.get('zz')]; })()",
  ]);
});

it('TextEncoder and TextDecoder are as in Node', async () => {
  await same([
    "[...new TextEncoder().encode('aü€😀')]",
    "new TextEncoder().encodeInto('aü€', new Uint8Array(3))",
    'new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 97, 0xff, 98]))',
    "new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 97])).length",
    "new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff]))",
    "new TextDecoder('latin1').decode(new Uint8Array([0xfc]))",
    '(() => { const d = new TextDecoder(); return [d.decode(new Uint8Array([0xf0, 0x9f]), { stream: true }), d.decode(new Uint8Array([0x98, 0x80]), { stream: true }), d.decode()]; })()',
    "new TextDecoder('nonsense')",
    "new TextDecoder().decode(new TextEncoder().encode('x\\0y'.repeat(100000))).length",
  ]);
});

it('structuredClone, crypto and what the language has', async () => {
  await same([
    '(() => { const a = { d: new Date(5), m: new Map([[1, new Set([2])]]), r: /x/g, u: new Uint8Array([1, 2]) }; a.self = a; const b = structuredClone(a); return [b !== a, b.self === b, b.d.getTime(), [...b.m.get(1)], b.r.flags, [...b.u]]; })()',
    'structuredClone(() => {})',
    "structuredClone(new RangeError('x', { cause: 1 })).cause",
    '/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())',
    'new Set(crypto.getRandomValues(new Uint32Array(64))).size > 60',
    'crypto.getRandomValues(new Uint8Array(65537))',
    "typeof performance.now() === 'number' && atob(btoa('x')) === 'x'",
    "new Promise((done) => { const target = new EventTarget(); target.addEventListener('x', (event) => done(event.type), { once: true }); target.dispatchEvent(new Event('x')); })",
    'import.meta === undefined ? 1 : 2'.replace('import.meta', 'globalThis.nothing'),
  ]);
});

it('console prints to both streams, as one line for a value', async () => {
  const { printed, stderr } = await scripts.run(`
    console.log('%s is %d%%', 'x', 5, { a: [1, 'b'], n: null });
    console.log(new Map([['k', 1]]), 10n, undefined, Symbol('s').toString());
    console.error('bad', true);
    console.log('x'.repeat(70_000).length, 'ü'.repeat(3));`);
  expect(printed).toEqual([
    'x is 5% { a: [ 1, "b" ], n: null }',
    'Map(1) { "k" => 1 } 10n undefined Symbol(s)',
    '70000 üüü',
  ]);
  expect(stderr).toBe('bad true\n');
});

it('3 MB of output arrive whole and in their order', async () => {
  const { printed } = await scripts.run(
    "for (let i = 0; i < 3000; i++) console.log(String(i).padEnd(1000, '.'));",
  );
  expect(printed.map((line) => Number.parseInt(line, 10))).toEqual(
    Array.from({ length: 3000 }, (_, index) => index),
  );
});
