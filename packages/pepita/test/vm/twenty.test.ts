import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PepitaPaths } from '../../src/index.ts';
import { testAdapter, until } from './adapter-harness.ts';
import { namesIn } from './spare-parts.ts';

const { adapter, stateDirectory, spawn, texts } = await testAdapter();
const count = 20;

function text(read: () => string): string {
  try {
    return read();
  } catch {
    // It has ended meanwhile.
    return '';
  }
}

/** Processes that have to do with the state folder, by their arguments, their working directory, or a file of it that they have open. */
function processes(): string[] {
  const [mine, cache] = [String(process.pid), new PepitaPaths(stateDirectory).base];
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && pid !== mine)
    .filter((pid) => {
      const links = [
        'cwd',
        ...text(() => readdirSync(`/proc/${pid}/fd`).join('\n'))
          .split('\n')
          .map((fd) => `fd/${fd}`),
      ];
      const seen = links.map((link) => text(() => readlinkSync(`/proc/${pid}/${link}`)));
      return [text(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1')), ...seen].some((part) =>
        part.includes(cache),
      );
    })
    .map(
      (pid) => `${pid} ${text(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1')).replaceAll('\0', ' ')}`,
    );
}

/** Sockets that anybody listens at, unix(7) and proc_net(5). */
const sockets = (): string[] =>
  readFileSync('/proc/net/unix', 'latin1')
    .split('\n')
    .filter((line) => line.includes(stateDirectory));

test('20 VMs at once all run and answer; of destroyed ones no process, no socket and no file is left', async () => {
  const restart = { policy: 'on-failure' } as const;
  const handles = await Promise.all(Array.from({ length: count }, () => spawn(['trap'], { restart })));
  for (const handle of handles) {
    await until('ready', async () => (await texts(handle)).includes('ready'));
    await adapter.signal(handle, 'USR1');
  }
  for (const handle of handles) await until('an answer', async () => (await texts(handle)).includes('USR1'));
  const pids = await Promise.all(handles.map(async (handle) => (await adapter.inspect(handle)).vmm?.pid));
  expect(new Set(pids).size).toBe(count);
  expect(processes().length).toBeGreaterThanOrEqual(3 * count);
  const daemons = namesIn(stateDirectory, 'vms').filter((name) => !name.startsWith('spare-'));
  expect(daemons).toHaveLength(count);

  // Half of them in order, the others as they are.
  await Promise.all(handles.slice(0, count / 2).map((handle) => adapter.stop(handle)));
  await Promise.all(handles.map((handle) => adapter.remove(handle, { force: true })));
  await adapter.close();
  await until('the end of all', async () => processes().length === 0, 10_000).catch(() => undefined);
  expect(processes()).toEqual([]);
  expect(sockets()).toEqual([]);
  for (const folder of [['daemons'], ['cids'], ['vms'], ['vmm', 'native'], ['bridges', 'native']]) {
    expect([folder, namesIn(stateDirectory, ...folder)]).toEqual([folder, []]);
  }
  for (const name of ['.', 'vms', 'daemons', 'templates', 'rootfs']) {
    const hidden = readdirSync(`${new PepitaPaths(stateDirectory).base}/${name}`).filter((entry) =>
      entry.startsWith('.'),
    );
    expect([name, hidden.filter((entry) => !entry.endsWith('.lock'))]).toEqual([name, []]);
  }
});
