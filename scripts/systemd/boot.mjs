// Boots a real systemd as PID 1 of private namespaces. Everything that it changes is in memory and goes with it; what
// stays after a kill -9 are empty control groups, and the next boot removes them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { command } from './command.mjs';
import { enter, user } from './enter.mjs';
import { isBooted, whyNot } from './machine.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const repository = fileURLToPath(new URL('../..', import.meta.url));

/** It cannot be booted here (`cannot`), or did not come up. The message's first line is enough; the journal may follow. */
export class BootError extends Error {
  constructor(message, cannot = false) {
    super(message);
    this.cannot = cannot;
  }
}

/** The end of the journal of the systemd `pid`, read past its manager, which may hang. */
async function journalOf(pid) {
  const journal = ['journalctl', '-n', '20', '--no-pager', '-o', 'short-monotonic'];
  const { output } = await command(['nsenter', '-t', `${pid}`, '-m', '-r', '-p', '--', ...journal], {
    timeout: 5000,
  });
  return output;
}

/** Waits until the manager answers that it is up. A unit that has failed is told, and may matter to nobody. */
async function untilUp(what, pid, asUser, deadline, hasEnded) {
  const systemctl = asUser ? ['systemctl', '--user'] : ['systemctl'];
  let last = 'no answer';
  while (Date.now() < deadline) {
    if (hasEnded()) throw new BootError(`it ended before ${what} was up: ${hasEnded()}`);
    const argv = enter(pid, [...systemctl, 'is-system-running', '--wait'], { asUser, cwd: '/' });
    const { output } = await command(argv, { timeout: deadline - Date.now() });
    if (output === 'running') return;
    last = output || 'no answer in time';
    if (output === 'degraded') {
      const units = enter(pid, [...systemctl, '--failed', '--plain', '--no-legend'], { asUser, cwd: '/' });
      console.error(`${what} is up, but without: ${(await command(units, { timeout: 5000 })).output}`);
      return;
    }
    await sleep(30);
  }
  throw new BootError(
    `${what} did not come up (${last.split('\n')[0]}); its journal ends with:\n${await journalOf(pid)}`,
  );
}

/** Removes what runs that were killed have left. */
export async function clean() {
  const { output } = await command([`${here}clean.sh`], { timeout: 30_000 });
  if (output) console.error(output);
}

/**
 * Starts systemd and waits until it and the test user's manager are up. `detached`: it outlives this process; else it ends
 * with it, however that ends. `timeout`: milliseconds for the whole boot (it takes about one second).
 */
export async function boot({ detached = false, timeout = 30_000 } = {}) {
  const reason = whyNot();
  if (reason) throw new BootError(reason, true);
  await clean();
  const tie = detached ? [] : ['setpriv', '--pdeathsig', 'KILL'];
  // Below another systemd, only in a scope that it has given away may we make control groups.
  const scope = isBooted()
    ? ['systemd-run', '--scope', '--quiet', '--collect', '-p', 'Delegate=yes', '--']
    : [];
  const [program, ...args] = [...tie, ...scope, `${here}launch.sh`, repository];
  // A session of its own: Ctrl-C is for the command inside, and ours to see to the rest.
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const errors = [];
  child.stderr.on('data', (data) => errors.push(data));
  const exited = once(child, 'exit');
  let pid = 0;
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  const said = () => Buffer.concat(errors).toString().trim() || 'it said nothing';
  const shutdown = async () => {
    // The end of a PID 1 is the end of all in its namespace, and unshare waits for it.
    if (!isGone()) process.kill(pid || child.pid, 'SIGKILL');
    await Promise.race([exited, sleep(5000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
    await clean();
  };
  const deadline = Date.now() + timeout;
  try {
    const line = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line').then(([text]) => text),
      exited.then(() => ''),
      sleep(timeout, '', { ref: false }),
    ]);
    pid = Number(/^pid (\d+)$/.exec(line)?.[1] ?? 0);
    if (pid === 0) throw new BootError(`systemd was not started: ${said()}`);
    await untilUp('systemd', pid, false, deadline, () => isGone() && said());
    await untilUp(`the user manager of ${user.name}`, pid, true, deadline, () => isGone() && said());
  } catch (error) {
    await shutdown();
    throw error;
  }
  if (detached) {
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
  }
  return {
    /** The PID that systemd has out here. */
    pid,
    /** Runs argv inside with this process's input and output; its exit code. */
    run: async (argv, options) => (await command(enter(pid, argv, options), { inherit: true })).exitCode,
    /** Where a file of the inside is out here, while it is up. */
    outside: (path) => `/proc/${pid}/root${path}`,
    shutdown,
  };
}
