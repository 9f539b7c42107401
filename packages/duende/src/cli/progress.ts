import type { Output } from './output.ts';
import { plain } from './table.ts';

const frames = ['|', '/', '-', '\\'];

/** Work under way, or what begins it and may say what it is at. */
type Work<T> = Promise<T> | ((say: (text: string) => void) => Promise<T>);

/** Shows on a terminal's stderr that something is still going on, once it takes longer than 300 ms. */
export async function withProgress<T>(output: Output, text: string, given: Work<T>): Promise<T> {
  const { stderr } = output;
  let detail = '';
  const say = (news: string) => {
    detail = `: ${plain(news)}`;
  };
  const work = typeof given === 'function' ? given(say) : given;
  if (stderr.isTTY !== true) return work;
  let frame = 0;
  let ticker: NodeJS.Timeout | undefined;
  const show = () => {
    // One line, whatever an engine says: what wraps cannot be taken back. Some terminals say that they have 0 columns.
    const line = `${frames[frame % frames.length]} ${text}${detail}`.slice(0, (stderr.columns || 80) - 1);
    stderr.write(`\r\u001B[K${line}`);
    frame += 1;
  };
  const starter = setTimeout(() => {
    show();
    ticker = setInterval(show, 120);
  }, 300);
  try {
    return await work;
  } finally {
    clearTimeout(starter);
    clearInterval(ticker);
    if (frame > 0) stderr.write('\r\u001B[K');
  }
}
