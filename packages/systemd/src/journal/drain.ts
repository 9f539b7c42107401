import { execFile } from 'node:child_process';
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Milliseconds that journald gets: a burst of 10 MB takes it about one second. */
const longest = 15_000;
/** Milliseconds for a journald that cannot be asked. */
const blind = 200;

/**
 * Resolves when journald has written everything that processes which have ended wrote to it, or after 15 seconds. Without it
 * the last lines of a daemon that has just ended may still be on their way. `helper` is the path of duende-unit.
 * `hidden`: the daemon had a network namespace of its own, in which nobody else sees its sockets.
 */
export async function drainJournal(helper: string, hidden = false): Promise<void> {
  if (!hidden && (await drainByHelper(helper))) return;
  if (process.geteuid?.() === 0 && (await synchronize())) return;
  await delay(blind);
}

/** False when it could not find out (exit code 3, or no helper); in time or not, it has waited otherwise. */
async function drainByHelper(helper: string): Promise<boolean> {
  if (helper === '') return false;
  try {
    await promisify(execFile)(helper, ['drain', String(longest)], { timeout: longest + 1000 });
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 1;
  }
}

const journalSocket = '/run/systemd/journal/io.systemd.journal';

/**
 * Asks journald (varlink.org: JSON and a NUL), which answers when all that waited has been written and synced to disk; root
 * only. It logs a line about each request.
 */
export async function synchronize(socket = journalSocket, milliseconds = longest): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const connection = createConnection(socket);
  let answer = '';
  connection
    .setEncoding('utf8')
    .setTimeout(milliseconds, () => resolve(false))
    .on('error', () => resolve(false))
    .on('close', () => resolve(false))
    .on('data', (text) => {
      answer += text;
      if (answer.endsWith('\0')) resolve(!answer.includes('"error"'));
    })
    .write('{"method":"io.systemd.Journal.Synchronize"}\0');
  try {
    return await promise;
  } finally {
    connection.destroy();
  }
}
