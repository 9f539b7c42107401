import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { NotifyError } from './notify-error.ts';

/** Milliseconds that one systemd-notify may take. It waits up to 5 s until systemd has taken the message. */
const timeout = 8000;

const stops = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);

/** The program, or undefined where there is none. */
export function findSystemdNotify(path = process.env.PATH ?? ''): string | undefined {
  for (const folder of [...path.split(delimiter), '/usr/bin', '/bin']) {
    const file = join(folder, 'systemd-notify');
    try {
      accessSync(file, constants.X_OK);
      if (isAbsolute(file)) return file;
    } catch {
      // Look further.
    }
  }
  return undefined;
}

/**
 * Sends through systemd-notify(1), a new process for each message. systemd takes its messages only with `NotifyAccess=all`,
 * unless it runs as root and can send in the name of its parent. Resolves with `false` when the program was ended by a
 * signal that was meant for the daemon: systemd sends its SIGTERM to every process of a unit (`KillMode=control-group`),
 * and STOPPING=1 is sent right then.
 */
export function runSystemdNotify(program: string, socket: string, text: string): Promise<boolean> {
  const assignments = text.split('\n').filter((line) => line !== '');
  return new Promise((resolve, reject) => {
    execFile(
      program,
      ['--', ...assignments],
      { env: { NOTIFY_SOCKET: socket }, timeout },
      (error, _stdout, stderr) => {
        if (!error) return resolve(true);
        if (!error.killed && stops.has(error.signal ?? '')) return resolve(false);
        const why = stderr.trim().split('\n').at(-1) || error.message;
        reject(new NotifyError(`Cannot send to the notify socket: ${why}`, { cause: error }));
      },
    );
  });
}
