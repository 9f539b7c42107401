import { boot } from './boot.mjs';
import { command } from './command.mjs';
import { enter } from './enter.mjs';

const [verb, ...rest] = process.argv.slice(2);
const dashes = rest.indexOf('--');
const options = rest.slice(0, dashes === -1 ? rest.length : dashes);
const argv = dashes === -1 ? ['bash'] : rest.slice(dashes + 1);
const asUser = options.includes('--user');
if (verb === 'boot') {
  const start = Date.now();
  const booted = await boot({ detached: true });
  console.log(`up in ${Date.now() - start} ms, PID ${booted.pid} (stop it with: kill -9 ${booted.outer})`);
  console.log(`root: node scripts/systemd/main.mjs enter ${booted.pid} -- bash`);
  console.log(`user: node scripts/systemd/main.mjs enter ${booted.pid} --user -- bash`);
  process.exit(0);
} else if (verb === 'enter') {
  process.exit((await command(enter(Number(options[0]), argv, { asUser }), { inherit: true })).exitCode);
} else {
  console.error('use: main.mjs boot | enter PID [--user] -- COMMAND...');
  process.exit(64);
}
