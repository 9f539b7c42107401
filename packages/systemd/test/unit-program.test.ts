import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  canPlay,
  joined,
  monotonic,
  of,
  play,
  program,
  readUnit,
  root,
  say,
  shell,
  tag,
  unitFile,
} from './unit-program.ts';
import { describeWhen, itWhen } from './when.ts';

describeWhen(canPlay)('exec', () => {
  it('becomes the program, with READY sent before the program can end', async () => {
    const file = unitFile({}, [
      [tag.program, '/bin/true'],
      [tag.argument, 'true'],
    ]);
    const before = monotonic();
    const events = await play(file, 'exec');
    expect(of(events, 'notify')).toEqual(['READY=1']);
    expect(of(events, 'exit')).toEqual(['0']);
    const { runBegin, execErrno, execStage } = readUnit(file);
    expect(runBegin).toBeGreaterThanOrEqual(before);
    expect({ execErrno, execStage }).toEqual({ execErrno: 0, execStage: '' });
  });

  it('gives the program the environment of the manager, overlaid byte for byte, and no notify socket', async () => {
    const file = unitFile({}, [
      [tag.program, '/usr/bin/env'],
      [tag.argument, 'anything'],
      [tag.argument, '-0'],
      [tag.variable, 'HOME=/new'],
      [tag.variable, 'odd name!=\n x'],
      [tag.variable, Buffer.from([0x42, 0x3d, 0xff, 0xfe])],
    ]);
    const events = await play(file, 'exec', {
      environment: { HOME: '/old', USER: 'u', WATCHDOG_USEC: '5', WATCHDOG_PID: '7' },
    });
    const variables = joined(events, 'stderr').split('\0').filter(Boolean).sort();
    expect(variables.filter((one) => !one.startsWith('PATH='))).toEqual(
      ['B=\xff\xfe', 'HOME=/new', 'USER=u', 'odd name!=\n x'].sort(),
    );
  });

  it('lets a program that says READY itself do so', async () => {
    const file = unitFile({ readinessNotify: 1, keepNotifySocket: 1 }, say('echo "$NOTIFY_SOCKET"'));
    const events = await play(file, 'exec');
    expect(of(events, 'notify')).toEqual([]);
    expect(joined(events, 'stderr')).toMatch(/^@duende-test-\d+\n$/);
  });

  it('leaves nothing of itself open, and the sockets of the manager', async () => {
    const list = say('for fd in 0 1 2 3 4 5 6 7 8 9; do readlink /proc/$$/fd/$fd && echo $fd; done');
    const without = joined(await play(unitFile({}, list), 'exec'), 'stderr');
    expect(without.replace(/pipe:\S+/g, 'pipe')).toBe('/dev/null\n0\npipe\n1\npipe\n2\n');
    const events = await play(
      unitFile({ healthType: 3, healthPort: 1 }, [...list, [tag.healthHost, '::1']]),
      'exec',
      {
        listen: true,
      },
    );
    expect(joined(events, 'stderr').replace(/pipe:\S+/g, 'pipe')).toBe(
      '/dev/null\n0\npipe\n1\npipe\n2\n/dev/zero\n3\n',
    );
  });

  it.each([
    {
      what: 'missing',
      frames: [[tag.program, '/nonexistent'] as const, [tag.argument, 'x'] as const],
      errno: 2,
      stage: 'exec',
    },
    {
      what: 'not executable',
      frames: [[tag.program, '/etc/passwd'] as const, [tag.argument, 'x'] as const],
      errno: 13,
      stage: 'exec',
    },
    { what: 'without argv', frames: [[tag.program, '/bin/true'] as const], errno: 22, stage: 'frames' },
    {
      what: 'with an unknown frame',
      frames: [...shell('true'), [99, 'x'] as const],
      errno: 71,
      stage: 'frames',
    },
  ])('tells why a program $what cannot be executed', async ({ frames, errno, stage }) => {
    const file = unitFile({}, frames);
    const events = await play(file, 'exec');
    expect(of(events, 'notify')).toEqual([`ERRNO=${errno}`]);
    expect(of(events, 'exit')).toEqual([`${203 * 256}`]);
    expect(readUnit(file)).toMatchObject({ execErrno: errno, execStage: stage, runBegin: 0 });
  });

  it('does not take a text without an interpreter for a program, nor one whose interpreter is missing', async () => {
    for (const [text, errno] of [
      ['hello\n', 8],
      ['#!/nonexistent\n', 2],
    ] as const) {
      const script = unitFile({}, []);
      writeFileSync(script, text, { mode: 0o755 });
      spawnSync('chmod', ['755', script]);
      const file = unitFile({}, [
        [tag.program, script],
        [tag.argument, 'x'],
      ]);
      expect(of(await play(file, 'exec'), 'notify')).toEqual([`ERRNO=${errno}`]);
      expect(readUnit(file).execErrno).toBe(errno);
    }
  });

  it('waits for its turn, puts the timeout off meanwhile, and dies of a signal in it', async () => {
    const later = (page: Buffer) => page.writeBigInt64LE(BigInt(monotonic() + 700), 528);
    const waited = await play(unitFile({}, say('echo now'), later), 'exec');
    expect(of(waited, 'notify')).toEqual([expect.stringMatching(/^EXTEND_TIMEOUT_USEC=5\d{6}$/), 'READY=1']);
    expect(waited.find((event) => event.text === 'READY=1')?.ms).toBeGreaterThan(500);
    const file = unitFile({}, say('echo now'), (page) =>
      page.writeBigInt64LE(BigInt(monotonic() + 60_000), 528),
    );
    const killed = await play(file, 'exec', {
      seen: (event, pid) => event.what === 'notify' && process.kill(pid, 'SIGTERM'),
    });
    expect(of(killed, 'exit')).toEqual(['15']);
    expect(readUnit(file).runBegin).toBe(0);
  });

  it('never waits longer than the longest delay', async () => {
    const far = (page: Buffer) => page.writeBigInt64LE(BigInt(monotonic() + 3_600_000), 528);
    const events = await play(unitFile({ restartMaxDelay: 300 }, say('echo now'), far), 'exec');
    expect(joined(events, 'stderr')).toBe('now\n');
  });

  itWhen(root)('gives the two streams to the journal, apart', async () => {
    const file = unitFile({}, [
      ...shell('echo out; echo err >&2; echo "$JOURNAL_STREAM" >&2; stat -Lc %d:%i /proc/self/fd/2 >&2'),
      [tag.identifier, 'the-name'],
    ]);
    const events = await play(file, 'exec', { journal: true, environment: { JOURNAL_STREAM: '1:2' } });
    const header = /^the-name\n[^\n]*\n(\d+)\n0\n0\n0\n0\n\n/;
    const [out, err] = [joined(events, 'journal 0'), joined(events, 'journal 1')];
    expect(out.match(header)?.[1]).toBe(`${(3 << 3) | 6}`);
    expect(err.match(header)?.[1]).toBe(`${(3 << 3) | 3}`);
    expect(out.replace(header, '')).toBe('out\n');
    const [word, given, real] = err.replace(header, '').split('\n');
    expect(word).toBe('err');
    expect(given).toBe(real);
    expect(joined(events, 'stderr')).toBe('');
  });
});

it('knows its version and its usage', () => {
  expect(spawnSync(program, ['version'], { encoding: 'utf8' }).stdout).toBe('1\n');
  expect(spawnSync(program, [], { encoding: 'utf8' })).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^usage/),
  });
});
