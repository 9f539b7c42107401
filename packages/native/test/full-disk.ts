// Runs in a mount namespace of its own, on a file system of 512 KB; what it found goes to stdout as JSON.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NativeAdapter } from '../src/index.ts';

const stateDirectory = process.argv[2] as string;
const mount = (...args: string[]) => execFileSync('mount', args);
mount('-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', stateDirectory);
const adapter = new NativeAdapter({ stateDirectory });
const filler = join(stateDirectory, 'filler');

function fill(): void {
  for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (;;) writeFileSync(filler, Buffer.alloc(size, 1), { flag: 'a' });
    } catch {
      // Full for this size: smaller pieces may still fit.
    }
  }
}

const script = 'i=0; while [ $i -lt 30000 ]; do echo "line $i"; i=$((i+1)); done';
const logging = await adapter.spawn({ name: 'logging', program: '/bin/sh', args: ['-c', script] });
let blocked = await adapter.status(logging);
for (let round = 0; round < 200 && !blocked.message; round += 1) {
  await delay(20);
  blocked = await adapter.status(logging);
}

// A status can change on a full disk, and a spawn says what is wrong and leaves nothing.
fill();
const ended = await adapter.spawn({ name: 'refused', program: '/bin/true' }).then(
  () => 'spawned',
  (error) => ({ code: error.code, reason: error.reason, line: error.toLine() }),
);
const left = readdirSync(join(stateDirectory, 'native')).filter((name) => name !== '.lock');
await adapter.signal(logging, 'STOP');
const paused = (await adapter.status(logging)).state;
await adapter.signal(logging, 'CONT');

// There is space again: everything that was held back arrives.
rmSync(filler);
mount('-o', 'remount,size=16m', stateDirectory);
const final = await adapter.wait(logging);
let lines = 0;
let wrong = '';
for await (const { text } of adapter.logs(logging)) {
  if (text !== `line ${lines}`) wrong ||= `${lines}: ${text}`;
  lines += 1;
}
await adapter.remove(logging);
process.stdout.write(JSON.stringify({ blocked, ended, left, paused, final, lines, wrong }));
