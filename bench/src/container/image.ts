import { fileURLToPath } from 'node:url';
import { runTimed } from '../commands.ts';
import type { Row } from '../row.ts';
import { summarise } from '../statistics.ts';
import type { Side } from './engine.ts';

interface Built {
  readonly milliseconds: number;
  readonly fileBytes: number;
  readonly imageBytes: number;
}

const inside = fileURLToPath(new URL('build-image.ts', import.meta.url));

/** In a process of its own each time: what a command of the user's would wait for. */
async function build(side: Side, cache: string): Promise<Built> {
  const { stdout } = await runTimed(process.execPath, [inside, side.address, cache], { timeout: 60_000 });
  return JSON.parse(stdout) as Built;
}

/** An image of a module daemon, with Node in it. */
export async function image(side: Side): Promise<Row[]> {
  const first: number[] = [];
  const second: number[] = [];
  let sizes: Built | undefined;
  for (let round = 0; round < 5; round += 1) {
    const cache = side.folder(`images-${round}`);
    const built = await build(side, cache);
    first.push(built.milliseconds);
    sizes = built;
    for (let again = 0; again < 5; again += 1)
      second.push((await build({ ...side }, `${cache}#keep`)).milliseconds);
  }
  const { fileBytes, imageBytes } = sizes as Built;
  const megabytes = (bytes: number): number => bytes / 1e6;
  return [
    {
      what: 'image of a Node daemon',
      unit: 'MB',
      duende: summarise([megabytes(imageBytes)]),
      reference: { name: 'its files', figure: summarise([megabytes(fileBytes)]) },
      target: { kind: 'ratio', atMost: 1.15 },
      how: 'What Docker says of the size of the image, against the files that are in it (Node, its libraries, the bundled daemon, CA certificates)',
    },
    {
      what: 'making it, first time',
      unit: 'ms',
      duende: summarise(first),
      target: { kind: 'value', atMost: 3000 },
      how: 'Bundling, finding the libraries, reading all files and loading the image into Docker, without any cache, in a process of its own',
    },
    {
      what: 'making it, second time',
      unit: 'ms',
      duende: summarise(second),
      target: { kind: 'value', atMost: 50 },
      how: 'The same when nothing has changed, until it is known that Docker has the image, in a process of its own',
    },
  ];
}
