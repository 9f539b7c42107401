// Private container engines for tests and for those who write them; see docs/testing-engines.md.
import { exit } from 'node:process';
import { command } from '../systemd/command.mjs';
import { startEngine } from './engine.mjs';
import { sweep } from './folder.mjs';
import { EngineStartError, names } from './machine.mjs';
import { startEngines } from './several.mjs';

const usage = `use: node scripts/engines/main.mjs ...
  run [--docker] [--swarm] [--podman] [--containerd] -- COMMAND...   starts them (all), runs it, removes them
  start NAME                                                         starts one until Ctrl-C; prints how to use it
  sweep                                                              removes what killed runs have left`;

const [verb, ...rest] = process.argv.slice(2);
const end = rest.includes('--') ? rest.indexOf('--') : rest.length;
const words = rest.slice(0, end);
const argv = rest.slice(end + 1);

function refuse() {
  console.error(usage);
  exit(64);
}

let ending = 0;
let started;
const told = new Promise((resolve) => {
  for (const [number, signal] of Object.entries({ 1: 'SIGHUP', 2: 'SIGINT', 15: 'SIGTERM' }))
    process.on(signal, () => {
      ending ||= 128 + Number(number);
      resolve();
    });
});

async function run() {
  const wanted = words.map((word) => word.replace(/^--/, ''));
  if (argv.length === 0 || wanted.some((name) => !names.includes(name))) refuse();
  started = await startEngines(wanted.length > 0 ? names.filter((name) => wanted.includes(name)) : names);
  let code = ending;
  // Ctrl-C reaches the command as well; SIGTERM is for us alone, and then it is cut off from its engines.
  const running = ending ? undefined : command(argv, { inherit: true, env: started.environment });
  if (running) code = (await Promise.race([running, told]))?.exitCode ?? ending;
  return ending || code;
}

async function start() {
  if (!names.includes(words[0])) refuse();
  const before = Date.now();
  started = await startEngine(words[0]);
  console.log(
    `${started.name} is up after ${Date.now() - before} ms, pid ${started.pid}: ${started.address}`,
  );
  for (const [name, value] of Object.entries(started.env)) console.log(`export ${name}=${value}`);
  // A pending promise alone would let the process end.
  const alive = setInterval(() => {}, 1 << 30);
  await told;
  clearInterval(alive);
  return 0;
}

try {
  const code = await ({ run, start, sweep: () => sweep().then(() => 0) }[verb] ?? refuse)();
  await started?.stop();
  exit(code);
} catch (error) {
  if (!(error instanceof EngineStartError)) throw error;
  console.error(error.message);
  exit(error.cannot ? 69 : 1);
}
