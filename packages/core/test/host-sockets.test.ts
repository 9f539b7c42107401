// Socket activation, as sd_listen_fds(3) describes it: real sockets at the descriptors 3 and 4.
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { entries, startHost } from './run-host.ts';

/** Listens twice, prints the ports, and becomes the program of its arguments: what systemd does between fork and exec. */
const activator = `
use strict; use Socket; use Fcntl; use POSIX (); $| = 1;
my @kept;
for my $fd (3, 4) {
  socket(my $socket, AF_INET, SOCK_STREAM, 0) or die $!;
  bind($socket, pack_sockaddr_in(0, INADDR_LOOPBACK)) or die $!;
  listen($socket, 16) or die $!;
  my ($port) = sockaddr_in(getsockname($socket));
  print "port $port\\n";
  my $high = fcntl($socket, F_DUPFD, 20) or die $!;
  push @kept, [$high, $fd]; push @kept, $socket;
}
for (grep { ref eq 'ARRAY' } @kept) { POSIX::dup2($_->[0], $_->[1]); POSIX::close($_->[0]) }
$ENV{LISTEN_PID} = $$ unless $ENV{LISTEN_PID}; $ENV{LISTEN_FDS} = 2;
exec @ARGV or die $!;
`;

async function activate(daemon: string, env: Record<string, string> = {}) {
  const folder = import.meta.dirname;
  const host = [join(folder, '../src/host-main.ts'), join(folder, 'daemons', `${daemon}.ts`)];
  const child = execa('perl', ['-e', activator, process.execPath, ...host], {
    extendEnv: false,
    env: { PATH: process.env.PATH ?? '', DUENDE_CONFIG: daemon === 'tells' ? '{}' : '', ...env },
    reject: false,
    buffer: false,
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await child;
  });
  let seen = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      seen += chunk;
    });
  }
  async function line(msg: string) {
    for (const end = performance.now() + 15_000; performance.now() < end; ) {
      const found = entries(seen).find((entry) => entry.msg === msg);
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`No ${msg}: ${seen}`);
  }
  return { child, line, ports: () => [...seen.matchAll(/^port (\d+)$/gm)].map(([, port]) => Number(port)) };
}

test('server.listen({ fd }) of node:http and node:net serves what the platform has opened', async () => {
  const { child, line, ports } = await activate('activated', { LISTEN_FDNAMES: 'web:' });
  // Connections that come before the daemon is up wait in the socket.
  const [web = 0, tcp = 0] = await (async () => {
    while (ports().length < 2) await new Promise((resolve) => setTimeout(resolve, 2));
    return ports();
  })();
  const [response, greeting] = await Promise.all([
    fetch(`http://127.0.0.1:${web}/hello`, { headers: { connection: 'close' } }).then((got) => got.text()),
    text(connect(tcp, '127.0.0.1')),
  ]);
  expect({ response, greeting }).toEqual({ response: 'http /hello', greeting: 'tcp unknown' });
  expect((await line('serving')).sockets).toEqual([
    { fd: 3, name: 'web' },
    { fd: 4, name: 'unknown' },
  ]);
  child.kill('SIGTERM');
  expect((await child).exitCode).toBe(0);
});

test('the variables and the descriptors stay with the daemon: its children have neither', async () => {
  const { line } = await activate('tells', {
    NOTIFY_SOCKET: '@duende-test/nobody',
    WATCHDOG_USEC: '10000000',
    WATCHDOG_PID: '1',
    LISTEN_FDNAMES: 'a:b',
    LISTEN_PIDFDID: '7',
  });
  expect(await line('seen')).toMatchObject({
    own: [],
    child: [],
    descriptors: [],
    sockets: [
      { fd: 3, name: 'a' },
      { fd: 4, name: 'b' },
    ],
  });
});

test('sockets of another process are not taken', async () => {
  const { line } = await activate('tells', { LISTEN_PID: '1' });
  expect(await line('seen')).toMatchObject({ own: [], child: [], sockets: [] });
});

test('without an activation there are none', async () => {
  const host = startHost('tells', { config: {} });
  expect((await host.line('seen')).sockets).toEqual([]);
});
