// A service manager's end of $NOTIFY_SOCKET: a real datagram socket, by Perl, since Node has none.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';

const program = `
use strict; use Socket; $| = 1;
my ($path, $delay) = @ARGV;
my $name = $path =~ /^@/ ? "\\0" . substr($path, 1) : $path;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die $!;
bind($socket, pack_sockaddr_un($name)) or die "bind: $!";
chmod 0777, $path unless $path =~ /^@/;
print "bound\\n";
select undef, undef, undef, $delay;
while (defined recv($socket, my $message, 65536, 0)) { print "d", unpack("H*", $message), "\\n" }
`;

let count = 0;

/** An abstract address, or a path in a folder that every user can enter. */
export async function freshAddress(kind: 'path' | 'abstract'): Promise<string> {
  count += 1;
  if (kind === 'abstract') return `@duende-test/${process.pid}/${count}`;
  const folder = await mkdtemp(join(tmpdir(), 'duende-notify-'));
  await chmod(folder, 0o755);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'notify');
}

/** Binds the address and keeps every datagram; `delay` seconds pass before it reads the first one. */
export async function startReceiver(address: string, { delay = 0 } = {}) {
  const child = execa('perl', ['-e', program, address, String(delay)], { buffer: false, reject: false });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await child;
  });
  const datagrams: string[] = [];
  const bound = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'bound') bound.resolve();
    else datagrams.push(Buffer.from(line.slice(1), 'hex').toString());
  });
  void child.then(({ exitCode }) => bound.reject(new Error(`The receiver has ended with ${exitCode}`)));
  await bound.promise;
  return {
    datagrams,
    async until(what: string, look: (datagrams: readonly string[]) => boolean): Promise<void> {
      const end = performance.now() + 10_000;
      while (!look(datagrams)) {
        if (performance.now() > end) throw new Error(`No ${what} in 10 s: ${JSON.stringify(datagrams)}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async end(): Promise<void> {
      child.kill('SIGKILL');
      await child;
    },
  };
}
