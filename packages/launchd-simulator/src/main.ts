// launchd-sim: the supervisor process. Its settings are in its environment (settings.ts); it writes one line when it can be asked.
import { rmSync } from 'node:fs';
import { boot, shutDown } from './boot.ts';
import { Launchd } from './launchd.ts';
import { folders } from './layout.ts';
import { listen } from './server.ts';
import { readSettings } from './settings.ts';
import { testApi } from './test-api.ts';

const settings = readSettings(process.env);
const launchd = new Launchd(settings);
const server = await listen(folders(settings.root).socket, launchd, (on, given) => testApi(on, given, stop));

function stop(): void {
  server.close();
  // The answer to the one who asked for it is sent first.
  setTimeout(() => process.exit(0), 20);
}

function end(): void {
  shutDown(launchd);
  if (process.env.LAUNCHD_SIM_REMOVE === '1') rmSync(settings.root, { recursive: true, force: true });
  process.exit(0);
}
process.once('SIGTERM', end);
process.once('SIGINT', end);
// The test's process holds the other end: with it, everything here ends too.
if (process.env.LAUNCHD_SIM_LIFELINE === '1') process.stdin.once('end', end).once('close', end).resume();
boot(launchd);
process.stdout.write('ready\n');
