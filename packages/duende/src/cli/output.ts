import { type Paint, paint } from './table.ts';

/** Where text goes: process.stdout, process.stderr, or a test's array. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

const enough = 64 * 1024;

/** What the command prints. Lines are gathered and written together: a burst of log lines is few system calls. */
export class Output {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly paint: Paint;
  #pending = '';
  #scheduled: NodeJS.Immediate | undefined;

  constructor(stdout: Sink, stderr: Sink, env: NodeJS.ProcessEnv) {
    this.stdout = stdout;
    this.stderr = stderr;
    // https://no-color.org: set and not empty.
    this.paint = paint(stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb');
  }

  /** One line, or several, on stdout. */
  print(text: string): void {
    this.#pending += `${text}\n`;
    if (this.#pending.length >= enough) this.flush();
    else this.#scheduled ??= setImmediate(() => this.flush());
  }

  json(value: unknown): void {
    this.print(JSON.stringify(value));
  }

  /** One line on stderr. */
  note(text: string): void {
    this.flush();
    this.stderr.write(`${text}\n`);
  }

  flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    if (this.#pending === '') return;
    const text = this.#pending;
    this.#pending = '';
    this.stdout.write(text);
  }
}
