// A real systemd for tests and for those who write them; see docs/testing-systemd.md.
import { readFileSync } from 'node:fs';
import { env, exit, getuid, kill } from 'node:process';
import { BootError, boot, clean } from './boot.mjs';
import { command } from './command.mjs';
import { enter, scopeOf } from './enter.mjs';
import { isBooted } from './machine.mjs';

const usage = `use: node scripts/systemd/main.mjs ...
  run [--system] [--user] -- COMMAND...   boots, runs it as root and/or as the test user, and tears down
  shell [--user]                          the same with bash
  boot                                    boots and leaves it running; prints the PID
  enter PID [--user] [-- COMMAND...]      runs COMMAND (bash) in a running one
  stop PID                                ends a running one`;

const [verb, ...rest] = process.argv.slice(2);
const end = rest.includes('--') ? rest.indexOf('--') : rest.length;
const words = rest.slice(0, end).filter((word) => !word.startsWith('--'));
const options = rest.slice(0, end).filter((word) => word.startsWith('--'));
const argv = rest.slice(end + 1);
const scopes = [
  ...(options.includes('--system') || !options.includes('--user') ? [false] : []),
  ...(options.includes('--user') ? [true] : []),
];

function refuse() {
  console.error(usage);
  exit(64);
}

/** PID, if it is a systemd of ours (the child of an unshare that ran inside.sh): never touch another's. */
function booted() {
  const pid = Number(words[0]);
  try {
    const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
    if (readFileSync(`/proc/${parent}/cmdline`, 'utf8').includes('scripts/systemd/inside.sh')) return pid;
  } catch {
    // Not there.
  }
  console.error(`${words[0] ?? 'PID'} is not a systemd that main.mjs has booted`);
  return exit(69);
}

async function run(commandLine) {
  if (commandLine.length === 0) refuse();
  // An account on a machine that runs systemd has a manager already. Root boots a private one even there: a test must not
  // leave units on the machine, and root has no business in a user's manager.
  if (isBooted() && getuid() !== 0 && scopes.every(Boolean)) {
    const own = { XDG_RUNTIME_DIR: `/run/user/${getuid()}`, ...env, DUENDE_SYSTEMD_SCOPE: scopeOf(true) };
    return (await command(commandLine, { inherit: true, env: own })).exitCode;
  }
  let machine;
  let code = 0;
  let ending = 0;
  for (const [number, signal] of Object.entries({ 1: 'SIGHUP', 2: 'SIGINT', 15: 'SIGTERM' }))
    process.on(signal, () => {
      ending ||= 128 + Number(number);
      // Before it is up there is nothing to take down in order: it goes with this process.
      if (!machine) exit(ending);
      machine.shutdown();
    });
  machine = await boot();
  try {
    for (const asUser of scopes) code ||= await machine.run(commandLine, { asUser });
  } finally {
    await machine.shutdown();
  }
  return ending || code;
}

async function start() {
  const before = Date.now();
  const { pid } = await boot({ detached: true });
  const self = 'node scripts/systemd/main.mjs';
  console.log(`${pid} is up after ${Date.now() - before} ms; then:`);
  for (const line of [`enter ${pid}`, `enter ${pid} --user`, `stop ${pid}`]) console.log(`  ${self} ${line}`);
  return 0;
}

async function stop(pid) {
  kill(pid, 'SIGKILL');
  await clean();
  return 0;
}

const verbs = {
  run: () => run(argv),
  shell: () => run(['bash']),
  boot: start,
  enter: async () => {
    const inside = argv.length > 0 ? argv : ['bash'];
    return (await command(enter(booted(), inside, { asUser: scopes[0] }), { inherit: true })).exitCode;
  },
  stop: () => stop(booted()),
};
try {
  exit(await (verbs[verb] ?? refuse)());
} catch (error) {
  if (!(error instanceof BootError)) throw error;
  console.error(error.message);
  exit(error.cannot ? 69 : 1);
}
