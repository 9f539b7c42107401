import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { monotonic, play, program, readUnit, unitFile } from './unit-program.ts';
import { itWhen } from './when.ts';

const hasStrace = spawnSync('strace', ['-V']).status === 0;

describe('stopped', () => {
  const stop = (file: string, result: string, code?: string, status?: string) =>
    play(file, 'stopped', {
      quiet: 0,
      environment: {
        SERVICE_RESULT: result,
        INVOCATION_ID: 'abc',
        ...(code && { EXIT_CODE: code }),
        ...(status && { EXIT_STATUS: status }),
      },
    });
  const begun = (ago: number) => (page: Buffer) => page.writeBigInt64LE(BigInt(monotonic() - ago), 536);

  it('keeps the last two ends', async () => {
    const file = unitFile({}, [], begun(5));
    await stop(file, 'exit-code', 'exited', '3');
    expect(readUnit(file)).toMatchObject({
      runsEnded: 1,
      last: { kind: 1, executed: 1, result: 'exit-code', invocation: 'abc', status: '3' },
      before: { kind: 0 },
    });
    await stop(file, 'signal', 'killed', 'KILL');
    await stop(file, 'core-dump', 'dumped', 'SEGV');
    expect(readUnit(file)).toMatchObject({
      runsEnded: 3,
      last: { kind: 3, status: 'SEGV' },
      before: { kind: 2, status: 'KILL', result: 'signal' },
    });
    await stop(file, 'resources');
    expect(readUnit(file)).toMatchObject({
      runsEnded: 4,
      last: { kind: 0, status: '', result: 'resources' },
    });
  });

  it('makes the delay longer each time, up to its longest, and starts anew after a long run', async () => {
    const file = unitFile({ restartMaxDelay: 700 }, []);
    const delays: number[] = [];
    for (let i = 0; i < 5; i++) {
      await stop(file, 'exit-code', 'exited', '1');
      delays.push(readUnit(file).notBeforeWall - readUnit(file).last.time);
    }
    expect(delays.map((delay) => Math.round(delay / 10) * 10)).toEqual([100, 200, 400, 700, 700]);
    expect(readUnit(file).attempt).toBe(5);
    const long = unitFile({ restartWindow: 1000 }, [], (page) => {
      page.writeUInt32LE(7, 520);
      begun(1500)(page);
    });
    await stop(long, 'signal', 'killed', 'KILL');
    expect(readUnit(long).attempt).toBe(1);
  });

  it('plans nothing after a success or an asked stop', async () => {
    const clean = unitFile({}, []);
    await stop(clean, 'success', 'exited', '0');
    expect(readUnit(clean)).toMatchObject({ notBefore: 0, attempt: 0 });
    const always = unitFile({ restartAlways: 1 }, []);
    await stop(always, 'success', 'exited', '0');
    expect(readUnit(always)).toMatchObject({ notBefore: expect.any(Number), attempt: 1 });
    const asked = unitFile({ restartAlways: 1 }, [], (page) => page.writeUInt32LE(1, 512));
    await stop(asked, 'exit-code', 'exited', '1');
    expect(readUnit(asked)).toMatchObject({ notBefore: 0, attempt: 0, runsEnded: 1 });
  });

  it('goes on with a delay that a forgetful manager has cut short', async () => {
    const notBefore = monotonic() + 5000;
    const waiting = (page: Buffer) => {
      page.writeUInt32LE(2, 520);
      page.writeBigInt64LE(BigInt(notBefore), 528);
    };
    const file = unitFile({}, [], waiting);
    await stop(file, 'timeout', 'killed', 'TERM');
    expect(readUnit(file)).toMatchObject({ runsEnded: 0, attempt: 2, notBefore });
    await stop(file, 'success', 'killed', 'TERM');
    expect(readUnit(file)).toMatchObject({ runsEnded: 1, notBefore: 0, last: { executed: 0 } });
  });

  itWhen(hasStrace)('can be killed at any write', async () => {
    for (let write = 1; write <= 8; write++) {
      const file = unitFile({}, [], begun(5));
      await stop(file, 'exit-code', 'exited', '3');
      const fd = openSync(file, 'r+');
      const inject = `inject=pwrite64:signal=SIGKILL:when=${write}`;
      spawnSync('strace', ['-o', '/dev/null', '-e', inject, program, 'stopped'], {
        stdio: [fd, fd, 'inherit'],
        env: {
          PATH: process.env.PATH,
          SERVICE_RESULT: 'signal',
          EXIT_CODE: 'killed',
          EXIT_STATUS: 'KILL',
        },
      });
      closeSync(fd);
      const { runsEnded, last, before } = readUnit(file);
      // As if it had not run, or all of it.
      if (runsEnded === 2) expect({ last, before }).toMatchObject({ last: { kind: 2 }, before: { kind: 1 } });
      else expect(runsEnded).toBe(1);
      await stop(file, 'core-dump', 'dumped', 'SEGV');
      expect(readUnit(file)).toMatchObject({ runsEnded: runsEnded + 1, last: { kind: 3 } });
    }
  });
});
