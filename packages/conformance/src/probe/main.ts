/** The probe daemon for platforms without a prebuilt of probe/probe.c: the same commands, the same output. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { branch, grow, processes } from './main-fork.ts';
import { report } from './main-report.ts';
import { serve } from './main-serve.ts';

const catchable = ['TERM', 'INT', 'QUIT', 'HUP', 'USR1', 'USR2', 'CONT'] as const;
const lifetimeMs = 900_000;

/** Whole, also to a pipe that is full: Node's pipes are non-blocking on some systems. */
function put(fd: number, text: string | Buffer): void {
  let bytes = Buffer.isBuffer(text) ? text : Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(fd, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') process.exit(120);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

const say = (text: string): void => put(1, `${text}\n`);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function usage(what: string): never {
  put(2, `probe: cannot read ${what.slice(0, 100)}\n`);
  process.exit(121);
}

function park(): Promise<never> {
  setInterval(() => {}, 60_000);
  return new Promise<never>(() => {});
}

function ready(): void {
  const fd = process.env.DUENDE_NOTIFY_FD;
  if (fd) put(Number(fd), 'READY=1\n');
  // Node has no Unix datagram sockets, which NOTIFY_SOCKET needs: platforms with one use the C probe.
  else put(2, 'probe: nobody to tell that it is ready\n');
}

const held: Buffer[] = [];
function allocate(bytes: number): void {
  for (let done = 0; done < bytes; done += 1 << 20) held.push(Buffer.alloc(1 << 20, `${done}x`));
  say(`allocated ${bytes}`);
}

function spin(time: number): void {
  const begun = performance.now();
  const before = process.cpuUsage();
  while (time === 0 || performance.now() - begun < time);
  const used = process.cpuUsage(before);
  say(`spun ${Math.round((used.user + used.system) / 1000)} ${Math.round(performance.now() - begun)}`);
}

async function print(count: number, bytes: number, stream: string, gap: number): Promise<void> {
  for (let line = 0; line < count; line++) {
    const text = Buffer.alloc(bytes, '\n');
    for (let i = 0; i < bytes - 1; i++) text[i] = 97 + ((line + i) % 26);
    text.write(`${String(line).padStart(8, '0')}:`.slice(0, bytes - 1), 'latin1');
    put(stream === 'stderr' || (stream === 'both' && line % 2 === 1) ? 2 : 1, text);
    if (gap > 0) await sleep(gap);
  }
}

function openFiles(wanted: number): void {
  let opened = 0;
  try {
    for (; opened < wanted; opened++) openSync('/', 'r');
  } catch {
    // The limit: what this command is there to find.
  }
  say(`opened ${opened}`);
}

async function openForever(path: string): Promise<never> {
  for (;;) {
    try {
      closeSync(openSync(path, 'r'));
    } catch {
      // The path need not exist: the call is what counts.
    }
    await sleep(50);
  }
}

function signalSelf(name: string): Promise<void> {
  process.kill(process.pid, `SIG${name}`);
  return sleep(1000).then(() => process.exit(122));
}

const next = (args: string[], command: string): string => args.shift() ?? usage(command);
const integer = (args: string[], command: string): number => {
  const text = next(args, command);
  return /^\d+$/.test(text) ? Number(text) : usage(text);
};

async function obey(args: string[], ignored: string[]): Promise<void> {
  for (let command = args.shift(); command !== undefined; command = args.shift()) {
    const name: string = command;
    if (name === 'report') return report(args, say);
    else if (name === 'run') say(`run ${process.pid} ${Date.now()}`);
    else if (name === 'say') say(next(args, name));
    else if (name === 'warn') put(2, `${next(args, name)}\n`);
    else if (name === 'write') put(1, next(args, name));
    else if (name === 'sleep') await sleep(integer(args, name));
    else if (name === 'exit') process.exit(integer(args, name));
    else if (name === 'signal-self') await signalSelf(next(args, name));
    else if (name === 'ready-after') await sleep(integer(args, name)).then(ready);
    else if (name === 'ignore') {
      const signal = next(args, name);
      if (!(`SIG${signal}` in constants.signals)) usage(signal);
      ignored.push(signal);
      process.on(`SIG${signal}`, () => {});
    } else if (name === 'allocate') allocate(integer(args, name));
    else if (name === 'spin') spin(integer(args, name));
    else if (name === 'fork') await grow(ignored, say);
    else if (name === 'branch') await branch(next(args, name), ignored, say);
    else if (name === 'processes') await processes(integer(args, name), say);
    else if (name === 'park') await park();
    else if (name === 'tcp' || name === 'http') await serve(name, integer(args, name), say);
    else if (name === 'print')
      await print(integer(args, name), integer(args, name), next(args, name), integer(args, name));
    else if (name === 'open-files') openFiles(integer(args, name));
    else if (name === 'open') await openForever(next(args, name));
    else if (name === 'count') for (let tick = 1; ; tick++, await sleep(20)) say(`tick ${tick}`);
    else if (name === 'trap' || name === 'graceful') {
      for (const signal of name === 'trap' ? catchable : catchable.slice(0, 6)) {
        process.on(`SIG${signal}`, () => {
          say(signal);
          if (name === 'graceful') process.exit(0);
        });
      }
      say('ready');
      await park();
    } else usage(name);
  }
}

setTimeout(() => process.exit(123), lifetimeMs).unref();
await obey(process.argv.slice(2), []);
process.exit(0);
