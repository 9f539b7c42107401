import { spawn } from 'node:child_process';

type Say = (text: string) => void;
const lifetimeMs = 120_000;
const script = process.argv[1] ?? '';

/** Another copy of this program. Node resets ignored signals on start, so they are given as commands. */
function start(commands: readonly string[], ignored: readonly string[], detached = false) {
  const ignores = ignored.flatMap((signal) => ['ignore', signal]);
  const child = spawn(process.execPath, [script, ...ignores, ...commands], { stdio: 'inherit', detached });
  return new Promise<typeof child | undefined>((resolve) => {
    child.once('spawn', () => resolve(child));
    child.once('error', () => resolve(undefined));
  });
}

function expire(): void {
  setTimeout(() => process.exit(123), lifetimeMs);
}

/** A child with a child of its own, and one that left the session and the parent. */
export async function grow(ignored: readonly string[], say: Say): Promise<void> {
  const child = await start(['branch', 'grandchild'], ignored);
  say(`child ${child?.pid}`);
  const middle = await start(['branch', 'orphan'], ignored, true);
  await new Promise((resolve) => middle?.once('exit', resolve));
  say('forked 3');
}

export async function branch(what: string, ignored: readonly string[], say: Say): Promise<void> {
  expire();
  if (what === 'leaf') return new Promise(() => {});
  const child = await start(['branch', 'leaf'], ignored, what === 'orphan');
  say(`${what} ${child?.pid}`);
  if (what === 'grandchild') return new Promise(() => {});
  process.exit(0);
}

export async function processes(count: number, say: Say): Promise<void> {
  let made = 0;
  while (made < count && (await start(['branch', 'leaf'], []))) made++;
  say(`forked ${made}`);
}
