/** A guest that is kept ready: it begins a daemon on trial and forgets it, and ends when nobody has it any more. */

import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import {
  agent,
  cleanUp,
  config,
  createdPage,
  Host,
  isRoot,
  logOf,
  newFolder,
  read,
  type Settings,
  start,
  startAgent,
} from './agent-harness.ts';
import { frame, hello, Peer, types, u32 } from './agent-peer.ts';

const spareFlag = 1;
const [begin, end, trial] = [1, 2, 4];
/** Bytes before the flags of HELLO: pattern, version, nonce. */
const flagsAt = 36;

afterEach(cleanUp);

/** As the client does that keeps a guest ready. */
async function greetAsSpare(socket: string): Promise<Peer> {
  const peer = await Peer.connect(socket);
  const nonce = randomBytes(16);
  const greeting = hello(nonce);
  greeting.writeUInt32LE(spareFlag, flagsAt);
  peer.awaitNonce(nonce);
  peer.socket.write(frame(types.hello, 0, greeting));
  await peer.next(types.helloOk);
  return peer;
}

/** The number that a rehearsal is answered with. `sequence`: how many frames of the session it is, from 1. */
async function rehearse(peer: Peer, sequence: number, settings: Settings): Promise<number> {
  const run = Buffer.concat([u32(begin | end | trial, 0), createdPage(), config(settings)]);
  peer.socket.write(frame(types.run, sequence, run));
  return (await peer.next(types.rehearsed)).data.readInt32LE(0);
}

describe('a guest that is kept ready', () => {
  test('ends 3 s after the session with whoever keeps it', async () => {
    const guest = startAgent(newFolder());
    const peer = await greetAsSpare(guest.socket);
    peer.close();
    const since = Date.now();
    expect(await guest.ended).toBe(0);
    expect(Date.now() - since).toBeGreaterThan(2500);
  });

  test('stays when somebody has it by then', async () => {
    const folder = newFolder();
    const guest = startAgent(folder);
    (await greetAsSpare(guest.socket)).close();
    const host = new Host(folder, guest.socket);
    await host.until('its answer', () => existsSync(join(host.folder, 'agent')));
    await host.kill();
    const ended = guest.ended.then(() => 'ended');
    expect(await Promise.race([ended, delay(4000).then(() => 'there')])).toBe('there');
  });
});

test('`read` reads files, and says when one cannot be read', async () => {
  const file = join(newFolder(), 'file');
  writeFileSync(file, randomBytes(200_000));
  expect(await start(agent, ['read', file, file]).ended).toBe(0);
  expect(await start(agent, ['read', file, `${file}-not-there`]).ended).toBe(1);
});

if (isRoot) {
  describe('a rehearsal', () => {
    test('runs the program, leaves nothing, and the daemon begins as ever', async () => {
      const folder = newFolder();
      const guest = startAgent(folder);
      const mark = join(folder, 'mark');
      const peer = await greetAsSpare(guest.socket);
      const first = { program: '/bin/sh', args: ['-c', `echo tried; echo tried > ${mark}`] };
      expect(await rehearse(peer, 1, first)).toBe(0);
      expect(read(mark)).toBe('tried\n');
      expect(await rehearse(peer, 2, { args: ['say', 'tried again', 'exit', '3'] })).toBe(0);
      expect(readdirSync(join(folder, 'guest'))).toEqual([]);
      const told = new Set(peer.frames.map(({ type }) => type));
      for (const type of [types.page, types.log, types.failure, types.done, types.note])
        expect(told).not.toContain(type);
      peer.close();
      const host = new Host(folder, guest.socket, { args: ['say', 'hello', 'park'] });
      await host.says('hello\n');
      expect(host.page()).toMatchObject({ state: 'running', restarts: 0 });
      expect(logOf(host.folder)).toBe('hello\n');
      expect(read(join(host.folder, 'agent'))).toMatch(/^flags=/m);
      host.bridge.child.kill('SIGTERM');
      expect(await host.bridge.ended).toBe(0);
      const other = await Peer.connect(guest.socket);
      await other.greet(randomBytes(16));
      other.send(types.stats, u32(5));
      const stats = (await other.next(types.statsOk)).data.toString('latin1', 4);
      const { size } = statSync(join(host.folder, 'log', '0000000001'));
      expect(stats).toMatch(new RegExp(`^log_written=${size}\nlog_acked=${size}$`, 'm'));
      other.close();
    });

    test('of a program that is not there is no failure of the guest', async () => {
      const folder = newFolder();
      const guest = startAgent(folder);
      const peer = await greetAsSpare(guest.socket);
      expect(await rehearse(peer, 1, { program: '/no/such/program' })).toBe(0);
      expect(existsSync(join(folder, 'guest', 'failure'))).toBe(false);
      peer.close();
    });

    test('is refused by a note when a daemon has begun', async () => {
      const folder = newFolder();
      const guest = startAgent(folder);
      const peer = await greetAsSpare(guest.socket);
      peer.socket.write(
        frame(types.run, 1, Buffer.concat([u32(begin | end, 0), createdPage(), config({ args: ['park'] })])),
      );
      peer.socket.write(
        frame(types.run, 2, Buffer.concat([u32(begin | end | trial, 0), createdPage(), config({})])),
      );
      expect(String((await peer.next(types.note)).data)).toMatch(/one each boot/);
      expect(peer.frames.map(({ type }) => type)).not.toContain(types.rehearsed);
      peer.close();
    });
  });
}
