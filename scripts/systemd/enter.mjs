// How a command gets into a booted systemd: as root or as the test user, in a scope of its own (as a login would be),
// with nothing of the caller's environment but what is named here.
import { env } from 'node:process';

export const user = { name: 'duende-test', uid: 1500, home: '/home/duende-test' };
/** Where the checkout is inside, whoever may read the folder in which it lies outside. */
export const checkout = '/checkout';

const path = `${checkout}/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
const passed = /^(DUENDE_.*|CI|TERM|COLORTERM|FORCE_COLOR|NO_COLOR)$/;

function environment(asUser, extra) {
  const from = Object.entries(env).filter(([name]) => passed.test(name));
  const runtime = `/run/user/${user.uid}`;
  const own = asUser
    ? {
        HOME: user.home,
        USER: user.name,
        LOGNAME: user.name,
        XDG_RUNTIME_DIR: runtime,
        DBUS_SESSION_BUS_ADDRESS: `unix:path=${runtime}/bus`,
      }
    : { HOME: '/root', USER: 'root', LOGNAME: 'root' };
  return {
    ...Object.fromEntries(from),
    PATH: path,
    LANG: 'C.UTF-8',
    SHELL: '/bin/bash',
    TMPDIR: '/tmp',
    ...own,
    ...extra,
  };
}

/** argv that runs `command` (argv) inside the systemd whose PID out here is `pid`. */
export function enter(pid, command, { asUser = false, extraEnv = {}, cwd = checkout } = {}) {
  const variables = Object.entries(environment(asUser, extraEnv)).map(([name, value]) => `${name}=${value}`);
  const account = asUser ? [`--uid=${user.uid}`, `--gid=${user.uid}`, `--slice=user-${user.uid}.slice`] : [];
  return [
    ...['nsenter', '-t', String(pid), '-m', '-p', '-C', '-u', '-i', '--'],
    ...['env', '-i', '-C', cwd, 'PATH=/usr/bin:/bin'],
    ...['systemd-run', '--scope', '--quiet', '--collect', ...account, '--'],
    ...['env', '-i', '-C', cwd, ...variables, ...command],
  ];
}
