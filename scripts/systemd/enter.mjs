// How a command gets into a booted systemd: as root or as the test user, in a scope of its own (as a login would be),
// with nothing of the caller's environment but what is named here.
import { env } from 'node:process';

export const user = { name: 'duende-test', uid: 1500, home: '/home/duende-test' };
/** Where the checkout is inside, whoever may read the folder in which it lies outside. */
export const checkout = '/checkout';

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const passed = /^(DUENDE_.*|CI|TERM|COLORTERM|FORCE_COLOR|NO_COLOR)$/;
// nsenter changes the namespaces and not the control groups: without this the limits of the boot would not hold for the
// command, and /proc/self/cgroup would show it beside the root. Version 2 may refuse; then systemd-run alone moves it.
const join =
  'for f in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs; do echo $$ >"$f"; done 2>/dev/null; exec "$@"';

/** What DUENDE_SYSTEMD_SCOPE says to the command: which of the two managers it is about. */
export const scopeOf = (asUser) => (asUser ? 'user' : 'system');

function environment(asUser) {
  const runtime = `/run/user/${user.uid}`;
  const own = asUser
    ? { HOME: user.home, XDG_RUNTIME_DIR: runtime, DBUS_SESSION_BUS_ADDRESS: `unix:path=${runtime}/bus` }
    : { HOME: '/root' };
  const name = asUser ? user.name : 'root';
  return {
    ...Object.fromEntries(Object.entries(env).filter(([key]) => passed.test(key))),
    PATH: `${checkout}/node_modules/.bin:${path}`,
    LANG: 'C.UTF-8',
    SHELL: '/bin/bash',
    TMPDIR: '/tmp',
    USER: name,
    LOGNAME: name,
    DUENDE_SYSTEMD_SCOPE: scopeOf(asUser),
    ...own,
  };
}

/** argv that runs `argv` inside the systemd whose PID out here is `pid`. */
export function enter(pid, argv, { asUser = false, cwd = checkout } = {}) {
  const variables = Object.entries(environment(asUser)).map(([name, value]) => `${name}=${value}`);
  const account = asUser ? [`--uid=${user.uid}`, `--gid=${user.uid}`, `--slice=user-${user.uid}.slice`] : [];
  return [
    // -r: called in a chroot, the root of the mount namespace is not that of systemd.
    // The network stays the machine's: all that tests need of it is the loopback, and that is there.
    ...['nsenter', '-t', `${pid}`, '-m', '-r', '-p', '-C', '-u', '-i', '--'],
    // nsenter forks to enter the PID namespace; killed, it takes the command along (root's: changed accounts lose the tie).
    ...['setpriv', '--pdeathsig', 'KILL', '--'],
    ...['env', '-i', '-C', cwd, `PATH=${path}`, 'sh', '-c', join, 'sh'],
    ...['systemd-run', '--scope', '--quiet', '--collect', '--description=duende', ...account, '--'],
    ...['env', '-i', ...variables, ...argv],
  ];
}
