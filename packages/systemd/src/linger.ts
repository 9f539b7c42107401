import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { failure, type Operation } from './daemon.ts';

/** Whether the manager of this user runs without a session: logind keeps a file for each such user. */
export const isLingering = (user: string = userInfo().username): boolean =>
  existsSync(`/var/lib/systemd/linger/${user}`);

/** loginctl(1), enable-linger. @throws PlatformError permission-denied when this user may not. */
export async function enableLinger(operation: Operation): Promise<void> {
  const { username } = userInfo();
  if (isLingering(username)) return;
  const problem = await new Promise<string>((resolve) => {
    execFile('loginctl', ['--no-ask-password', 'enable-linger', username], (error, _stdout, stderr) =>
      resolve(error ? stderr.trim().split('\n')[0] || error.message : ''),
    );
  });
  if (problem === '' && isLingering(username)) return;
  throw failure(
    operation,
    `platform.systemd.linger: lingering could not be turned on: ${problem || 'loginctl did nothing'}`,
    'permission-denied',
    `Run: sudo loginctl enable-linger ${username}`,
  );
}
