import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { cleanUp, config, createdPage, Host, id, newFolder, read, type Settings } from './agent-harness.ts';
import { closeServers, fileWrite, frame, listen, Peer, pattern, types, u32, u64 } from './agent-peer.ts';

const peers: Peer[] = [];
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  closeServers();
  await cleanUp();
});

interface Begin {
  readonly flags?: number;
  readonly run?: Buffer;
  readonly acked?: number;
  /** What comes before, of another session. */
  readonly before?: Buffer;
}

/** A guest that does what the test says. */
class FakeGuest extends Peer {
  /** The nonce of the session that has begun. */
  nonce: Buffer = Buffer.alloc(0);
  hello: Buffer = Buffer.alloc(0);

  async begin({
    flags = 0,
    run = Buffer.alloc(16),
    acked = 0,
    before = Buffer.alloc(0),
  }: Begin = {}): Promise<void> {
    // The bridge says HELLO again when it has not been answered in time, and answers that it has by the first CLOCK.
    for (let isHeard = false; !isHeard; ) {
      const { data } = await this.next(types.hello);
      const from = this.frames.length;
      this.hello = data;
      this.nonce = data.subarray(20, 36);
      if (before.length > 0) this.socket.write(before);
      const facts = [Buffer.alloc(40, 'b'), Buffer.from('kernel=6\n')];
      this.sendFirst(types.helloOk, this.nonce, u32(1, flags), run, u64(acked), u64(0), ...facts);
      isHeard = await this.#untilHeard(from);
    }
  }

  /** False when HELLO was said again. */
  async #untilHeard(from: number): Promise<boolean> {
    for (;;) {
      const later = this.frames.slice(from).find(({ type }) => type === types.clock || type === types.hello);
      const earlier = this.frames.slice(0, from).findLast(({ type }) => type === types.hello);
      if (later === undefined && earlier?.data !== this.hello) return false;
      if (later !== undefined) return later.type === types.clock;
      await delay(5);
    }
  }

  page(state: number, change?: (page: Buffer) => void): void {
    const page = createdPage();
    page.writeUInt32LE(state, 12);
    change?.(page);
    this.send(types.page, page);
  }
}

async function setUp(settings?: Settings) {
  const folder = newFolder();
  const socket = join(folder, 'port');
  const connections: FakeGuest[] = [];
  await listen(socket, (connection) => {
    const guest = new FakeGuest(connection);
    peers.push(guest);
    connections.push(guest);
  });
  const host = new Host(folder, socket, settings);
  const connection = (number: number): Promise<FakeGuest> =>
    host.until(`connection ${number}`, () => connections[number]);
  return { folder, host, connection };
}

const record = (text: string, stream = 'stdout', flag = 'F'): Buffer =>
  Buffer.from(`2026-01-01T00:00:00.000000Z ${stream} ${flag} ${text}\n`);
const logFile = (host: Host, number = 1): string =>
  read(join(host.folder, 'log', String(number).padStart(10, '0')));

describe('the begin', () => {
  test('its HELLO: pattern, version, clock, randomness; then the time again', async () => {
    const { connection } = await setUp();
    const guest = await connection(0);
    await guest.begin();
    const { hello } = guest;
    expect(hello.subarray(0, 16).equals(pattern)).toBe(true);
    expect([hello.length, hello.readUInt32LE(16)]).toEqual([104, 1]);
    expect(Math.abs(Number(hello.readBigUInt64LE(40) / 1_000_000n) - Date.now())).toBeLessThan(5000);
    expect(new Set(hello.subarray(48, 80)).size).toBeGreaterThan(16);
    const clock = await guest.next(types.clock);
    expect(Math.abs(Number(clock.data.readBigUInt64LE(0) / 1_000_000n) - Date.now())).toBeLessThan(1000);
    expect(clock.sequence).toBe(1);
  });

  test('one time at once, and another directly after an answer that was late', async () => {
    const { connection } = await setUp();
    const guest = await connection(0);
    await guest.begin();
    const first = await guest.next(types.clock);
    await delay(5500);
    expect(guest.frames.filter(({ type }) => type === types.clock)).toHaveLength(1);
    guest.send(types.clockOk, first.data);
    const second = await guest.next(types.clock);
    expect(Math.abs(Number(second.data.readBigUInt64LE(0) / 1_000_000n) - Date.now())).toBeLessThan(1000);
    guest.send(types.clockOk, second.data);
    await delay(300);
    expect(guest.frames.filter(({ type }) => type === types.clock).length).toBeLessThanOrEqual(3);
  });

  test('what is left of a session before is passed over', async () => {
    const { host, connection } = await setUp();
    const guest = await connection(0);
    const rest = frame(types.note, 7, randomBytes(200_000)).subarray(77_777);
    await guest.begin({ before: Buffer.concat([rest, frame(types.note, 8, Buffer.from('old'))]) });
    guest.send(types.note, Buffer.from('new'));
    await host.until('the note', () => host.bridge.errors().includes('guest: new'));
    expect(host.bridge.errors()).not.toContain('old');
    expect(read(join(host.folder, 'agent'))).toMatch(/^version=1\nflags=0\nboot_id=b+\nkernel=6\n$/);
  });

  test('a guest that does not answer is greeted again, with another nonce', async () => {
    const { host, connection } = await setUp();
    const guest = await connection(0);
    const first = (await guest.next(types.hello)).data.subarray(20, 36);
    await guest.begin();
    expect(guest.nonce.equals(first)).toBe(false);
    await host.until('the session', () => existsSync(join(host.folder, 'agent')));
  });

  test('what is no frame ends the connection, and another one begins', async () => {
    const { connection } = await setUp();
    const guest = await connection(0);
    await guest.begin();
    guest.socket.write(frame(types.note, 9, Buffer.from('wrong')));
    await (await connection(1)).begin();
  });

  test('a guest that has lost its place is greeted again on the same connection', async () => {
    const { host, connection } = await setUp();
    const guest = await connection(0);
    await guest.begin();
    guest.send(types.resync);
    const since = Date.now();
    await guest.next(types.hello);
    expect(Date.now() - since).toBeLessThan(1500);
    expect(host.bridge.child.exitCode).toBe(null);
  });
});

describe('the run', () => {
  test('page and configuration as they are in the folder, however long', async () => {
    const settings = {
      frames: Array.from({ length: 20 }, (_, i) => ['variable', `V${i}=${'x'.repeat(100_000)}`] as const),
    };
    const { connection } = await setUp(settings);
    const guest = await connection(0);
    await guest.begin();
    const parts: Buffer[] = [];
    for (let flags = 0; (flags & 2) === 0; ) {
      const { data } = await guest.next(types.run);
      flags = data.readUInt32LE(0);
      expect(flags & 1).toBe(parts.length === 0 ? 1 : 0);
      parts.push(data.subarray(8));
    }
    expect(Buffer.concat(parts).equals(Buffer.concat([createdPage(), config(settings)]))).toBe(true);
  });

  test('as soon as there is a configuration', async () => {
    const { host, connection } = await setUp();
    const guest = await connection(0);
    await guest.begin();
    await guest.next(types.clock);
    await delay(100);
    expect(guest.frames.map(({ type }) => type)).not.toContain(types.run);
    const whole = config({});
    writeFileSync(join(host.folder, 'config'), whole.subarray(0, 100));
    await delay(100);
    appendFileSync(join(host.folder, 'config'), whole.subarray(100));
    await guest.next(types.run);
  });

  test('not when there is one, nor after the end', async () => {
    const { host, connection } = await setUp({});
    const guest = await connection(0);
    await guest.begin({ flags: 2, run: Buffer.alloc(16, 5) });
    guest.page(5);
    await host.inState('stopped');
    guest.close();
    const next = await connection(1);
    await next.begin();
    await next.next(types.clock);
    await delay(200);
    for (const one of [guest, next]) expect(one.frames.map(({ type }) => type)).not.toContain(types.run);
  });
});

describe('the log', () => {
  test('is acknowledged when it is written; what was there comes once', async () => {
    const { host, connection } = await setUp({});
    const guest = await connection(0);
    await guest.begin();
    await guest.next(types.run);
    const [one, two, three] = [record('one'), record('two'), record('three')];
    guest.send(types.log, u64(0), one, two);
    expect(Number((await guest.next(types.logAck)).data.readBigUInt64LE(0))).toBe(one.length * 2);
    guest.send(types.log, u64(one.length), two, three);
    await host.until('three', () => logFile(host).includes('three'));
    expect(logFile(host)).toBe(`${one}${two}${three}`);
  });

  test('a bridge that was killed in the middle of a record goes on before it', async () => {
    const { host, connection } = await setUp({});
    const guest = await connection(0);
    await guest.begin();
    await guest.next(types.run);
    const [one, two] = [record('one'), record('two')];
    guest.send(types.log, u64(0), one);
    await guest.next(types.logAck);
    await host.kill();
    appendFileSync(join(host.folder, 'log', '0000000001'), two.subarray(0, 20));
    host.start();
    const next = await connection(1);
    await next.begin({ flags: 2, run: guest.nonce });
    expect(next.hello.subarray(80, 96).equals(guest.nonce)).toBe(true);
    expect(Number(next.hello.readBigUInt64LE(96))).toBe(one.length);
    next.send(types.log, u64(one.length), two);
    await next.next(types.logAck);
    expect(logFile(host)).toBe(`${one}${two}`);
  });

  test('of another run of the machine goes on behind it', async () => {
    const { host, connection } = await setUp({});
    const guest = await connection(0);
    await guest.begin();
    await guest.next(types.run);
    guest.send(types.log, u64(0), record('first'));
    await guest.next(types.logAck);
    guest.close();
    const next = await connection(1);
    await next.begin();
    await next.next(types.run);
    guest.send(types.log, u64(0), record('lost'));
    next.send(types.log, u64(0), record('second'));
    expect(Number((await next.next(types.logAck)).data.readBigUInt64LE(0))).toBe(record('second').length);
    expect(logFile(host)).toBe(`${record('first')}${record('second')}`);
  });

  test('no file ends inside a line', async () => {
    const { host, connection } = await setUp({ numbers: { log_max_size: 100, log_files: 3 } });
    const guest = await connection(0);
    await guest.begin();
    await guest.next(types.run);
    let offset = 0;
    const send = async (...records: Buffer[]): Promise<void> => {
      const data = Buffer.concat(records);
      guest.send(types.log, u64(offset), data);
      offset += data.length;
      await guest.next(types.logAck);
    };
    await send(record('a'.repeat(90), 'stdout', 'P'), record('other', 'stderr'));
    await send(record('b', 'stdout', 'P'), record('c'), record('d'.repeat(60)));
    expect(logFile(host, 1)).toMatch(/ c\n$/);
    expect(logFile(host, 2)).toMatch(/ d+\n$/);
    // Killed where a line is open: the next bridge knows it from the file.
    await send(record('e'.repeat(90), 'stderr', 'P'));
    await host.kill();
    host.start();
    const next = await connection(1);
    await next.begin({ flags: 2, run: guest.nonce });
    expect(Number(next.hello.readBigUInt64LE(96))).toBe(offset);
    next.send(types.log, u64(offset), record('f', 'stderr'), record('g'));
    await next.next(types.logAck);
    expect(logFile(host, 2)).toMatch(/ f\n$/);
    expect(logFile(host, 3)).toMatch(/ g\n$/);
    next.send(
      types.log,
      u64(offset + 2 * record('g').length),
      ...Array.from({ length: 9 }, () => record('h'.repeat(80))),
    );
    await host.until('old files are gone', () => readdirSync(join(host.folder, 'log')).length === 4);
  });
});

describe('the page', () => {
  test('is written in place, its spec stays, its sequence grows and is even', async () => {
    const { host, connection } = await setUp({});
    const file = join(host.folder, 'state');
    const { ino } = statSync(file);
    const guest = await connection(0);
    await guest.begin();
    await guest.next(types.run);
    for (const [i, state] of [1, 2, 3, 2].entries()) {
      guest.page(state, (page) => page.writeUInt32LE(100 - i * 2, 8));
      await host.inState((['starting', 'running', 'paused', 'running'] as const)[i] as 'running');
      const sequence = (): number => Buffer.from(read(file), 'latin1').readUInt32LE(8);
      await host.until('its sequence', () => sequence() === (i + 1) * 2);
    }
    expect(statSync(file).ino).toBe(ino);
    expect(read(file).slice(4096)).toBe('{"spec":1}');
  });

  test('the end: the failure is there before, the sockets go, and it is acknowledged when the log is there', async () => {
    const { host, connection } = await setUp({});
    const guest = await connection(0);
    await guest.begin();
    await guest.next(types.run);
    expect(existsSync(join(host.folder, 'control'))).toBe(true);
    guest.send(types.failure, Buffer.from('exec 2 \n'));
    guest.page(6, (page) => page.writeUInt32LE(7, 92));
    await host.inState('failed');
    expect(read(join(host.folder, 'failure'))).toBe('exec 2 \n');
    await host.until('no socket', () => !existsSync(join(host.folder, 'control')));
    guest.send(types.done, u64(record('end').length));
    await delay(100);
    expect(guest.frames.map(({ type }) => type)).not.toContain(types.exitAck);
    guest.send(types.log, u64(0), record('end'));
    await guest.next(types.exitAck);
  });
});

describe('control', () => {
  test('lines go as they are, and answers come back; none is a closed connection', async () => {
    const { host, connection } = await setUp({});
    const guest = await connection(0);
    await guest.begin();
    const first = host.ask('one');
    const one = await guest.next(types.control);
    expect(String(one.data.subarray(4))).toBe('one');
    const second = host.ask('two');
    const two = await guest.next(types.control);
    guest.send(types.answer, two.data.subarray(0, 4), Buffer.from('two ok'));
    guest.send(types.answer, one.data.subarray(0, 4));
    expect([await first, await second]).toEqual(['gone', 'two ok']);
    expect(statSync(join(host.folder, 'control')).mode & 0o777).toBe(0o600);
    expect(statSync(join(host.folder, 'exec')).mode & 0o777).toBe(0o600);
  });

  test('asked before the guest is there: the answer comes when it is; gone when the connection is lost', async () => {
    const { host, connection } = await setUp({});
    const guest = await connection(0);
    const answer = host.ask('early');
    await delay(100);
    await guest.begin();
    const early = await guest.next(types.control);
    guest.send(types.answer, early.data.subarray(0, 4), Buffer.from('ok'));
    expect(await answer).toBe('ok');
    const lost = host.ask(`signal ${id} USR1`);
    await guest.next(types.control);
    guest.close();
    expect(await lost).toBe('gone');
  });
});

test('a payload that looks like the begin of a session is masked', async () => {
  const { host, connection } = await setUp();
  const guest = await connection(0);
  await guest.begin();
  const client = await Peer.connect(join(host.folder, 'exec'));
  peers.push(client);
  let raw: Buffer = Buffer.alloc(0);
  guest.socket.on('data', (chunk: Buffer) => (raw = Buffer.concat([raw, chunk])));
  const data = Buffer.concat([Buffer.from('a'), pattern, u32(1), Buffer.alloc(9, 0xd4)]);
  client.send(types.file, fileWrite('/x', data));
  const { data: got } = await guest.next(types.file);
  expect(got.subarray(32 + 2).equals(data)).toBe(true);
  expect(raw.includes(pattern)).toBe(false);
});

describe('a guest that does as it likes', () => {
  test('a page that is none, that of another daemon: refused', async () => {
    const { host, connection } = await setUp({});
    const guest = await connection(0);
    await guest.begin();
    await guest.next(types.run);
    guest.send(types.page, Buffer.alloc(4096, 1));
    guest.send(types.page, createdPage().subarray(0, 500));
    guest.page(2, (page) => page.write('another', 120));
    guest.page(1);
    await host.inState('starting');
    expect(host.page().id).toBe(id);
    const said = /a page that is none[\s\S]*the page of another daemon/;
    await host.until('both notes', () => said.test(host.bridge.errors()));
  });

  test('a log without records, and without end', async () => {
    const { host, connection } = await setUp({});
    const guest = await connection(0);
    await guest.begin();
    await guest.next(types.run);
    for (let i = 0; i < 40; i += 1) guest.send(types.log, u64(i * 100_000), Buffer.alloc(100_000, 'x'));
    await (await connection(1)).begin({ flags: 2, run: guest.nonce });
    await host.until('the note', () => host.bridge.errors().includes('more of its log than it may'));
  });

  test('frames of all types with nothing in them, and with rubbish', async () => {
    const { host, connection } = await setUp({});
    let number = 0;
    for (const size of [0, 3, 7, 11, 5000]) {
      const guest = await connection(number++);
      await guest.begin();
      for (let type = 60; type < 90; type += 1) {
        if (type !== types.resync && type !== types.done) guest.send(type, randomBytes(size));
      }
      await delay(50);
      guest.close();
    }
    const guest = await connection(number);
    await guest.begin();
    expect(host.bridge.child.exitCode).toBe(null);
  });

  test('notes are one line each', async () => {
    const { host, connection } = await setUp();
    const guest = await connection(0);
    await guest.begin();
    guest.send(types.note, Buffer.from('one\nduende-bridge: two\u001b[31m'));
    await host.until('the note', () => host.bridge.errors() !== '');
    expect(host.bridge.errors()).toBe('duende-bridge: guest: one duende-bridge: two [31m\n');
  });
});
