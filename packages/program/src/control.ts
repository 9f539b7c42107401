import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { openSocketPath } from './socket-path.ts';

/** One connection, one command; `gone` when nothing listens. */
function ask(folder: string, command: string, timeoutMs = 5000): Promise<string> {
  const address = openSocketPath(folder);
  if (address === undefined) return Promise.resolve('gone');
  return new Promise((resolve) => {
    let text = '';
    let answered = false;
    const socket = createConnection(address.path);
    const done = (answer: string): void => {
      if (answered) return;
      answered = true;
      clearTimeout(timer);
      socket.destroy();
      address.close();
      resolve(answer);
    };
    const timer = setTimeout(() => done('timeout'), timeoutMs);
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${command}\n`));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) done(text.slice(0, text.indexOf('\n')));
    });
    socket.on('error', () => done('gone'));
    socket.on('close', () => done('gone'));
  });
}

/**
 * Sends one command to a supervisor: `signal ID NAME`, `stop ID MS`, `ping ID`. Resolves with the answer, with `timeout`, or with
 * `gone` when nothing supervises any more. One that was killed is succeeded within moments: the command is then given again.
 */
export async function askSupervisor(
  folder: string,
  command: string,
  isSupervised: () => boolean,
  timeoutMs = 5000,
): Promise<string> {
  for (const until = Date.now() + timeoutMs; ; ) {
    const answer = await ask(folder, command, timeoutMs);
    if (answer !== 'gone' || !isSupervised() || Date.now() > until) return answer;
    await delay(5);
  }
}
