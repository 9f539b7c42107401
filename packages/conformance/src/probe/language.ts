/** What the probe prints, as the clauses read it. The other side is probe/probe.c, probe/main.ts and the reference adapter. */

/** Texts longer than this are reported by length and hash: some platforms split long log lines. Bytes. */
const longest = 4096;

function fnv1a(bytes: Uint8Array): string {
  let hash = 2_166_136_261;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 16_777_619) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

/** One line of a report: `arg "text"`, or `arg# <bytes> <hash>` for a long text. */
export function describeText(what: string, text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length > longest) return `${what}# ${bytes.length} ${fnv1a(bytes)}`;
  return `${what} ${JSON.stringify(text)}`;
}

/** Line `index` of the command `print COUNT BYTES ...`, without its line terminator. */
export function printedLine(index: number, bytes: number): string {
  const filler = Buffer.alloc(bytes - 1);
  for (let i = 0; i < bytes - 1; i++) filler[i] = 97 + ((index + i) % 26);
  filler.write(`${String(index).padStart(8, '0')}:`.slice(0, bytes - 1), 'latin1');
  return filler.toString('latin1');
}

export interface ProbeReport {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly cwd: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Texts as the clause gave them, or `# <bytes> <hash>` for long ones (see `longText`). */
export function parseReport(lines: readonly string[]): ProbeReport {
  const texts = (what: string): string[] =>
    lines.flatMap((line) => {
      if (line.startsWith(`${what} "`)) return [String(JSON.parse(line.slice(what.length + 1)))];
      return line.startsWith(`${what}# `) ? [line.slice(what.length)] : [];
    });
  const number = (what: string): number =>
    Number(lines.find((line) => line.startsWith(`${what} `))?.slice(what.length + 1));
  const env = texts('env').map((text): [string, string] => {
    const at = text.indexOf('=', 1);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  return {
    pid: number('pid'),
    uid: number('uid'),
    gid: number('gid'),
    cwd: texts('cwd')[0] ?? '',
    args: texts('arg'),
    env: Object.fromEntries(env),
  };
}

/** How a report names a text that is too long to print. */
export const longText = (text: string): string => describeText('', text);
