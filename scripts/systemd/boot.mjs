// Boots a real systemd as PID 1 of private namespaces. Everything that it changes is in memory and goes with it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { command } from './command.mjs';
import { enter, user } from './enter.mjs';
import { whyNot } from './machine.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const repository = fileURLToPath(new URL('../..', import.meta.url));

/** A boot that did not come up, or cannot: one line. */
export class BootError extends Error {}

/** The last lines of the journal of the systemd `pid`, read past its manager, which may hang. */
async function lastLines(pid) {
  const journal = ['journalctl', '-n', '20', '--no-pager', '-o', 'short-monotonic'];
  const { output } = await command(['nsenter', '-t', `${pid}`, '-m', '-p', '--', ...journal], {
    timeout: 5000,
  });
  return output;
}

/** Waits until `command` succeeds inside. */
async function until(what, pid, argv, options, deadline) {
  let last = '';
  while (Date.now() < deadline) {
    const result = await command(enter(pid, argv, { cwd: '/', ...options }), { timeout: 20_000 });
    if (result.exitCode === 0) return;
    last = result.output;
    await sleep(50);
  }
  throw new BootError(
    `${what} did not come up in time (${last.split('\n')[0]}); its journal ends with:\n${await lastLines(pid)}`,
  );
}

export async function clean() {
  const { output } = await command([`${here}clean.sh`], { timeout: 30_000 });
  if (output) console.error(output);
}

/**
 * @param {{ detached?: boolean, timeout?: number }} options detached: outlives this process; else it ends with it, however.
 * timeout: milliseconds that each step of the boot may take.
 */
export async function boot({ detached = false, timeout = 30_000 } = {}) {
  const reason = await whyNot();
  if (reason) throw new BootError(reason);
  await clean();
  const tie = detached ? [] : ['setpriv', '--pdeathsig', 'KILL'];
  const [program, ...args] = [...tie, `${here}launch.sh`, repository];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached });
  const errors = [];
  child.stderr.on('data', (data) => errors.push(data));
  const exited = once(child, 'exit');
  const shutdown = async () => {
    child.kill('SIGKILL');
    await exited;
    await clean();
  };
  try {
    const lines = createInterface({ input: child.stdout });
    const [line] = await Promise.race([
      once(lines, 'line', { signal: AbortSignal.timeout(timeout) }),
      exited.then(() => ['']),
    ]);
    const pid = Number(/^pid (\d+)$/.exec(line)?.[1]);
    if (!pid) throw new BootError(`systemd did not start: ${Buffer.concat(errors).toString().trim()}`);
    const deadline = Date.now() + timeout;
    const system = [
      'sh',
      '-c',
      'case $(systemctl is-system-running --wait) in running|degraded) ;; *) exit 1; esac',
    ];
    await until('systemd', pid, system, {}, deadline);
    const manager = [
      'sh',
      '-c',
      'case $(systemctl --user is-system-running --wait) in running|degraded) ;; *) exit 1; esac',
    ];
    await until(`the user manager of ${user.name}`, pid, manager, { asUser: true }, deadline);
    if (detached) {
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
    }
    return {
      pid,
      outer: child.pid,
      /** Runs argv inside with this process's output; its exit code. */
      async run(argv, options) {
        return (await command(enter(pid, argv, options), { inherit: true })).exitCode;
      },
      shutdown,
    };
  } catch (error) {
    await shutdown();
    throw error;
  }
}
