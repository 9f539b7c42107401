import { WosAdapter } from '../../src/adapter/index.ts';

/** A program that spawns a daemon and does not say that it is done with the adapter. */
const handle = await new WosAdapter().spawn({
  name: 'one',
  program: process.argv[2] as string,
  args: ['park'],
});
process.stdout.write(JSON.stringify(handle));
