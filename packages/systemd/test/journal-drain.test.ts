import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { findHelper } from '../src/helper-program.ts';
import { synchronize } from '../src/journal/drain.ts';
import { drainJournal } from '../src/journal/index.ts';
import { itWhen } from './when.ts';

const helper = findHelper() ?? '';
const folder = mkdtempSync(join(tmpdir(), 'duende-drain-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes so many lines of 100 bytes to the journal, and ends. */
async function burst(identifier: string, lines: number): Promise<void> {
  const child = spawn('systemd-cat', ['-t', identifier, 'seq', '-f', '%0100g', String(lines)]);
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
}

async function count(identifier: string): Promise<number> {
  const { stdout } = await execa('journalctl', ['-q', '-o', 'cat', '-t', identifier], { maxBuffer: 1 << 28 });
  return stdout === '' ? 0 : stdout.split('\n').length;
}

describe('drainJournal', () => {
  it('waits until a burst of a process that has ended is in the journal', async () => {
    // Of no unit that journald would limit: a scope's messages are, by its name, so each has few.
    for (let round = 0; round < 3; round += 1) {
      const identifier = `duende-drain-${process.pid}-${round}`;
      await burst(identifier, 3000);
      await drainJournal(helper);
      expect(await count(identifier)).toBe(3000);
    }
  });

  it('does not wait for connections whose other end is open', async () => {
    const child = spawn('systemd-cat', ['-t', 'duende-drain-open', 'sleep', '60']);
    const begin = performance.now();
    await drainJournal(helper);
    expect(performance.now() - begin).toBeLessThan(5000);
    child.kill();
    await once(child, 'exit');
  });

  it('waits a little when it cannot find out', async () => {
    const broken = join(folder, 'broken');
    writeFileSync(broken, '#!/bin/sh\nexit 3\n');
    chmodSync(broken, 0o755);
    for (const program of [broken, join(folder, 'nothing')]) await drainJournal(program);
  });
});

describe('synchronize', () => {
  const answering = async (answer: string): Promise<boolean> => {
    const socket = join(folder, 'varlink');
    const server = createServer((connection) => {
      connection.once('data', () => connection.end(answer));
    }).listen(socket);
    await once(server, 'listening');
    try {
      return await synchronize(socket, 1000);
    } finally {
      server.close();
    }
  };

  it('knows yes, no and nothing', async () => {
    expect(await answering('{"parameters":{}}\0')).toBe(true);
    expect(await answering('{"error":"org.varlink.service.MethodNotFound","parameters":{}}\0')).toBe(false);
    expect(await answering('')).toBe(false);
    expect(await synchronize(join(folder, 'no such socket'))).toBe(false);
  });

  itWhen(process.geteuid?.() === 0)('is answered by journald', async () => {
    expect(await synchronize()).toBe(true);
  });
});
