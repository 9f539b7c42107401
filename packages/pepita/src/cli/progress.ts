import type { Output } from './output.ts';
import { plain } from './table.ts';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Shows on a terminal's stderr that something is still going on, once it takes longer than 300 ms. `say` tells what. */
export async function withProgress<T>(
  { stderr }: Output,
  text: string,
  work: (say: (news: string) => void) => Promise<T>,
): Promise<T> {
  let detail = '';
  const working = work((news) => {
    detail = `: ${plain(news)}`;
  });
  if (stderr.isTTY !== true) return await working;
  let frame = 0;
  const show = (): void => {
    // One line: what wraps cannot be taken back. Some terminals say that they have 0 columns.
    const line = `${frames[frame % frames.length]} ${text}${detail}`.slice(0, (stderr.columns || 80) - 1);
    stderr.write(`\r\u001B[K${line}`);
    frame += 1;
  };
  let ticker: NodeJS.Timeout | undefined;
  const starter = setTimeout(() => {
    show();
    ticker = setInterval(show, 120);
  }, 300);
  try {
    return await working;
  } finally {
    clearTimeout(starter);
    clearInterval(ticker);
    if (frame > 0) stderr.write('\r\u001B[K');
  }
}
