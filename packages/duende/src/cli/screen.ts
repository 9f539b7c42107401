import { strip } from './table.ts';

export interface Screen extends Disposable {
  /** Replaces what is shown; what does not fit is left out. */
  draw(lines: readonly string[]): void;
  /** Aborted by q, or by Ctrl-C typed into the terminal. */
  readonly quit: AbortSignal;
  /** 0 after q, 130 after Ctrl-C. */
  exitCode(): number;
}

const enter = '\u001B[?1049h\u001B[?25l';
const leave = '\u001B[?25h\u001B[?1049l';

/** Takes the terminal for a live table: the alternate screen, keys one by one. Disposing gives it back as it was. */
export function openScreen(): Screen {
  const { stdin, stdout } = process;
  const controller = new AbortController();
  let code = 0;
  let shown: readonly string[] = [];
  const onKey = (data: Buffer) => {
    const keys = data.toString();
    if (!/[qQ\u0003\u0004]/.test(keys)) return;
    // In raw mode Ctrl-C is a character, not a signal.
    if (keys.includes('\u0003')) code = 130;
    controller.abort();
  };
  const draw = () => {
    const { rows = 24, columns = 80 } = stdout;
    const lines = shown.slice(0, rows).map((line) => `${fit(line, columns)}\u001B[K`);
    stdout.write(`\u001B[H${lines.join('\r\n')}\u001B[J`);
  };
  const restore = () => stdout.write(leave);
  process.once('exit', restore);
  stdout.write(enter);
  stdout.on('resize', draw);
  if (stdin.isTTY) {
    stdin.setRawMode(true);
    stdin.on('data', onKey);
    stdin.resume();
  }
  return {
    draw(lines) {
      shown = lines;
      draw();
    },
    quit: controller.signal,
    exitCode: () => code,
    [Symbol.dispose]() {
      process.off('exit', restore);
      stdout.off('resize', draw);
      if (stdin.isTTY) {
        stdin.off('data', onKey);
        stdin.setRawMode(false);
        stdin.pause();
      }
      restore();
    },
  };
}

/** Cuts a line at the edge. A coloured line that is too long loses its colours: cutting inside of one would spill. */
function fit(line: string, columns: number): string {
  const bare = strip(line);
  return bare.length <= columns ? line : bare.slice(0, columns);
}
