import type { Output } from './output.ts';

const frames = ['|', '/', '-', '\\'];

/** Shows on a terminal's stderr that something is still going on, once it takes longer than 300 ms. */
export async function withProgress<T>(output: Output, text: string, work: Promise<T>): Promise<T> {
  const { stderr } = output;
  if (stderr.isTTY !== true) return work;
  let frame = 0;
  let ticker: NodeJS.Timeout | undefined;
  const show = () => {
    stderr.write(`\r\u001B[K${frames[frame % frames.length]} ${text}`);
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
