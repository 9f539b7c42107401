import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, readStat } from '@duende/program';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, Host, newFolder, read, start } from './agent-harness.ts';

/** Milliseconds that the bridge lets a VMM do nothing; agent/bridge-boot.c. */
const stalled = 5000;

const servers = new Set<{ close(): void }>();
afterAll(async () => {
  for (const server of servers) server.close();
  await cleanUp();
});

/** A folder of a VM whose guest never says a word, and the bridge of it. */
async function silent(program: readonly string[], args: string[] = []) {
  const parent = newFolder();
  const vm = join(parent, 'vm');
  mkdirSync(vm);
  const server = createServer((socket) => void socket.on('error', () => undefined).resume());
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(join(vm, 'agent'), resolve));
  const [command = '', ...rest] = program;
  const { child, ended } = start(command, rest);
  const process = { pid: child.pid ?? 0, startTime: readStat(child.pid ?? 0)?.startTime ?? 0n };
  const text = `${process.pid} ${process.startTime}\n`;
  writeFileSync(join(vm, 'pid'), text);
  const run = () => new Host(parent, join(vm, 'agent'), {}, args);
  return { vm, process, ended, text, run };
}

const idle = ['sleep', '100'];
const busy = ['sh', '-c', 'while :; do :; done'];

describe.concurrent('a VMM whose guest does not answer', () => {
  test('is ended when it does nothing, and that is written down', async () => {
    const { run, ended, text } = await silent(idle);
    const begin = performance.now();
    const host = run();
    expect(await ended).toBe('SIGKILL');
    expect(performance.now() - begin).toBeGreaterThan(stalled - 500);
    expect(read(join(host.folder, 'hung'))).toMatch(new RegExp(`^${text.trim()} \\d+ \\d+\n$`));
    await host.until('its word', () => /has not answered within \d+ ms/.test(host.bridge.errors()));
  });

  test('is ended when it has used more of the processor than a boot takes', {
    timeout: 120_000,
  }, async () => {
    const { run, ended, process } = await silent(busy);
    const host = run();
    let used = 0;
    const watching = setInterval(() => {
      used = (readStat(process.pid)?.cpuTicks ?? used / 10) * 10 || used;
    }, 100);
    expect(await ended).toBe('SIGKILL');
    clearInterval(watching);
    expect(used).toBeGreaterThan(12_000);
    expect(read(join(host.folder, 'hung'))).not.toBe('');
  });

  test('is left alone when it was told to stand still', async () => {
    const { vm, run, process, ended } = await silent(idle);
    const event = (name: string) =>
      `{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "${name}"}\r\n`;
    writeFileSync(join(vm, 'events.out'), event('RESUME') + event('STOP'));
    run();
    await delay(stalled + 1500);
    expect(isAlive(process)).toBe(true);
    writeFileSync(join(vm, 'events.out'), event('STOP') + event('RESUME'));
    expect(await ended).toBe('SIGKILL');
  });

  test('is left alone when it has answered a bridge before this one', async () => {
    const { run, process, text } = await silent(idle);
    const host = run();
    writeFileSync(join(host.folder, 'agent'), `version=1\nvmm=${text}kernel=6\n`);
    await host.kill();
    host.start();
    await delay(stalled + 1500);
    expect(isAlive(process)).toBe(true);
    expect(read(join(host.folder, 'hung'))).toBe('');
  });

  test('is left alone when it is another process by now', async () => {
    const { vm, run, process } = await silent(idle);
    writeFileSync(join(vm, 'pid'), `${process.pid} ${process.startTime + 1n}\n`);
    run();
    await delay(stalled + 1500);
    expect(isAlive(process)).toBe(true);
  });
});
