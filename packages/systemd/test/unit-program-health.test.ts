import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { canPlay, joined, of, play, readUnit, shell, tag, unitFile } from './unit-program.ts';
import { describeWhen } from './when.ts';

describeWhen(canPlay)('health', () => {
  const sleeper = shell('exec sleep 60');
  const request = 'GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

  it('asks over http, and pulls the watchdog once after the given number of failures', async () => {
    let status = 200;
    const paths: (string | undefined)[] = [];
    const server = createServer((incoming, answer) => {
      paths.push(incoming.url);
      answer.writeHead(status).end('x');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const file = unitFile({ healthType: 2, healthPort: port }, [
      ...sleeper,
      [tag.healthHost, '127.0.0.1'],
      [tag.healthRequest, request],
    ]);
    const poll = setInterval(() => {
      if (readUnit(file).health === 1) status = 503;
    }, 10);
    const events = await play(file, 'exec', {
      seen: (event, pid) => event.text === 'WATCHDOG=trigger' && process.kill(pid, 'SIGKILL'),
    });
    clearInterval(poll);
    server.close();
    expect(of(events, 'notify')).toEqual(['READY=1', 'WATCHDOG=trigger', 'BARRIER=1']);
    expect(readUnit(file).health).toBe(2);
    expect(new Set(paths)).toEqual(new Set(['/health']));
    expect(paths.length).toBeGreaterThanOrEqual(3);
  });

  it('connects over tcp; failures in the start period do not count', async () => {
    const file = unitFile({ healthType: 3, healthPort: 1, healthStartPeriod: 400 }, [
      ...sleeper,
      [tag.healthHost, '::1'],
    ]);
    const events = await play(file, 'exec', {
      seen: (event, pid) => event.text === 'WATCHDOG=trigger' && process.kill(pid, 'SIGKILL'),
    });
    expect(events.find((event) => event.text === 'WATCHDOG=trigger')?.ms).toBeGreaterThanOrEqual(400);
  });

  it('runs a command as the program runs, and kills one that takes too long', async () => {
    const command = (text: string) =>
      ['/bin/sh', '-c', text].map((value) => [tag.healthArgument, value] as const);
    const good = unitFile({ healthType: 1 }, [
      ...shell('exec sleep 0.4'),
      ...command('echo "check $X" >&2'),
      [tag.variable, 'X=3'],
    ]);
    expect(joined(await play(good, 'exec'), 'stderr')).toMatch(/^(check 3\n)+$/);
    expect(readUnit(good).health).toBe(1);
    const slow = unitFile({ healthType: 1 }, [
      ...sleeper,
      ...command('echo begin >&2; sleep 50; echo end >&2'),
    ]);
    const events = await play(slow, 'exec', {
      seen: (event, pid) => event.text === 'WATCHDOG=trigger' && process.kill(pid, 'SIGKILL'),
    });
    expect(joined(events, 'stderr')).toBe('begin\nbegin\n');
    expect(readUnit(slow).health).toBe(2);
  });

  it('does not pull the watchdog of a program that is being stopped', async () => {
    const file = unitFile(
      { healthType: 3, healthPort: 1 },
      [...shell('exec sleep 0.6'), [tag.healthHost, '::1']],
      (page) => page.writeUInt32LE(1, 512),
    );
    expect(of(await play(file, 'exec'), 'notify')).toEqual(['READY=1']);
  });
});
