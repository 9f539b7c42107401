import { styleText } from 'node:util';

/** Where text goes: process.stdout, process.stderr, or what a test has. */
export interface Sink {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

type Color = 'red' | 'green' | 'yellow' | 'dim';

/** What the command prints. */
export class Output {
  readonly stdout: Sink;
  readonly stderr: Sink;

  constructor(stdout: Sink, stderr: Sink) {
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** One line, or several, on stdout. */
  print(text: string): void {
    this.stdout.write(`${text}\n`);
  }

  /** One document, as the original writes it: `"state": "running"`, with the space. */
  json(value: unknown): void {
    this.print(JSON.stringify(value, null, 2));
  }

  /** One line on stderr. */
  note(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  /** Coloured on a terminal, unless $NO_COLOR or $TERM say otherwise. */
  color(color: Color, text: string): string {
    if (this.stdout.isTTY !== true || process.env.TERM === 'dumb' || process.env.NO_COLOR) return text;
    return styleText(color, text, { validateStream: false });
  }
}
