/** A value of a property list. Integers and reals differ, since launchd.plist(5) asks for one of them. */
export type PlistValue =
  | { readonly type: 'string' | 'date' | 'data'; readonly value: string }
  | { readonly type: 'integer' | 'real'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'array'; readonly value: readonly PlistValue[] }
  | { readonly type: 'dict'; readonly value: PlistDict };
export type PlistDict = ReadonlyMap<string, PlistValue>;

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const isXmlChar = (code: number): boolean =>
  code === 9 || code === 10 || code === 13 || (code >= 0x20 && code !== 0xfffe && code !== 0xffff);

/**
 * Strict parser of XML property lists: Apple's DTD (http://www.apple.com/DTDs/PropertyList-1.0.dtd) and XML 1.0, nothing more lenient.
 * Where CoreFoundation is laxer than XML (control characters), XML decides: what passes here passes everywhere.
 */
class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    // XML 1.0, 2.11: a literal CR, alone or before LF, reaches the reader as LF. One that must stay is written &#13;.
    this.#text = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  }

  fail(what: string): never {
    throw new Error(`${what} at character ${this.#at}`);
  }

  #take(expression: RegExp): RegExpExecArray | undefined {
    const sticky = new RegExp(expression.source, 'uy');
    sticky.lastIndex = this.#at;
    const match = sticky.exec(this.#text);
    if (match) this.#at = sticky.lastIndex;
    return match ?? undefined;
  }

  #skip(): void {
    while (this.#take(/\s+/) || this.#take(/<!--(?:(?!--)[\s\S])*-->/));
  }

  document(): PlistValue {
    this.#take(
      /<\?xml\s+version="1\.[01]"(?:\s+encoding="(?:UTF-8|utf-8)")?(?:\s+standalone="(?:yes|no)")?\s*\?>/,
    );
    this.#skip();
    this.#take(/<!DOCTYPE\s+plist(?:\s+(?:PUBLIC\s+"[^"]*"\s+"[^"]*"|SYSTEM\s+"[^"]*"))?\s*>/);
    this.#skip();
    if (!this.#take(/<plist(?:\s+version="[^"]*")?\s*>/)) this.fail('Expected <plist>');
    this.#skip();
    const value = this.#value();
    this.#skip();
    if (!this.#take(/<\/plist\s*>/)) this.fail('Expected </plist>');
    this.#skip();
    if (this.#at !== this.#text.length) this.fail('Expected the end');
    return value;
  }

  #value(): PlistValue {
    const open = this.#take(/<([a-z]+)\s*(\/?)>/) ?? this.fail('Expected a value');
    const [, name = '', empty] = open;
    if (name === 'true' || name === 'false') {
      if (!empty && !this.#take(new RegExp(`</${name}\\s*>`))) this.fail(`Expected </${name}>`);
      return { type: 'boolean', value: name === 'true' };
    }
    if (name === 'dict') return { type: 'dict', value: empty ? new Map() : this.#dict() };
    if (name === 'array') return { type: 'array', value: empty ? [] : this.#array() };
    const text = empty ? '' : this.#content(name);
    switch (name) {
      case 'string':
        return { type: name, value: text };
      case 'integer':
        if (!/^\s*[+-]?(?:\d+|0x[\da-f]+)\s*$/i.test(text)) this.fail('Expected an integer');
        return { type: name, value: Number(text) };
      case 'real':
        if (!/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text)) this.fail('Expected a real');
        return { type: name, value: Number(text) };
      case 'date':
        if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) this.fail('Expected a date');
        return { type: name, value: text };
      case 'data':
        if (!/^[A-Za-z\d+/=\s]*$/.test(text)) this.fail('Expected base64');
        return { type: name, value: text };
      default:
        return this.fail(`<${name}> is no element of a property list`);
    }
  }

  #dict(): PlistDict {
    const dict = new Map<string, PlistValue>();
    for (;;) {
      this.#skip();
      if (this.#take(/<\/dict\s*>/)) return dict;
      if (!this.#take(/<key\s*>/)) this.fail('Expected <key>');
      const key = this.#content('key');
      if (dict.has(key)) this.fail(`The key ${key} is there twice`);
      this.#skip();
      dict.set(key, this.#value());
    }
  }

  #array(): PlistValue[] {
    const values: PlistValue[] = [];
    for (;;) {
      this.#skip();
      if (this.#take(/<\/array\s*>/)) return values;
      values.push(this.#value());
    }
  }

  #content(name: string): string {
    let text = '';
    for (;;) {
      const plain = this.#take(/[^<&]+/)?.[0] ?? '';
      for (const char of plain) {
        if (!isXmlChar(char.codePointAt(0) as number)) this.fail('A character that XML does not allow');
      }
      text += plain;
      if (this.#take(new RegExp(`</${name}\\s*>`))) return text;
      const section = this.#take(/<!\[CDATA\[([\s\S]*?)\]\]>/);
      if (section) text += section[1];
      else if (!this.#take(/<!--(?:(?!--)[\s\S])*-->/)) text += this.#entity();
    }
  }

  #entity(): string {
    const match =
      this.#take(/&(?:#x([\da-fA-F]+)|#(\d+)|([a-z]+));/) ??
      this.fail('Expected text, an entity or the end tag');
    const [, hex, decimal, name] = match;
    if (name !== undefined) return named[name] ?? this.fail(`Unknown entity &${name};`);
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (code > 0x10ffff || !isXmlChar(code)) this.fail('A character that XML does not allow');
    return String.fromCodePoint(code);
  }
}

/** @throws Error that says where it is no XML property list. */
export function parsePlist(bytes: Uint8Array): PlistValue {
  return new Parser(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)).document();
}
