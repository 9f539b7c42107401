import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLogFolder } from '@duende/program';
import { describe, expect, it } from 'vitest';
import { mendLog } from '../src/supervise/mend-log.ts';
import { TestDaemon } from './support/daemons.ts';
import { describeWithPrograms, temporaryFolder } from './support/programs.ts';
import { useWos } from './support/wosd.ts';

const makeWos = useWos();
const base = temporaryFolder();
const limits = { maxSize: 10 * 1024 * 1024, files: 5 };

async function lines(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { stream, text } of readLogFolder(folder, () => true)) found.push(`${stream} ${text}`);
  return found;
}

describe('a log that a run has left', () => {
  const at = (second: number) => `2026-01-01T00:00:0${second}.000000Z`;
  const next = `${at(9)} stdout F next\n`;

  it.each([
    ['nothing', '', ['stdout next']],
    ['whole lines', `${at(1)} stdout F a\n`, ['stdout a', 'stdout next']],
    [
      'a line without an end',
      `${at(1)} stdout P a\n${at(2)} stderr F b\n`,
      ['stderr b', 'stdout a', 'stdout next'],
    ],
    [
      'one in each stream',
      `${at(1)} stdout P a\n${at(1)} stderr P b\n`,
      ['stdout a', 'stderr b', 'stdout next'],
    ],
    ['half a record', `${at(1)} stdout F a\n${at(2)} stdo`, ['stdout a', 'stdout next']],
    [
      'a line that looks like one',
      `${at(1)} stdout F ${at(1)} stdout P x\n`,
      [`stdout ${at(1)} stdout P x`, 'stdout next'],
    ],
  ])('with %s is ended before the next run', async (_, text, expected) => {
    const folder = mkdtempSync(join(base, 'log-'));
    const file = join(folder, '0000000002');
    writeFileSync(join(folder, '0000000001'), `${at(0)} stdout P old\n${at(0)} stdout F \n`);
    writeFileSync(file, text);
    mendLog(folder, limits);
    writeFileSync(file, next, { flag: 'a' });
    expect(await lines(folder)).toEqual(['stdout old', ...expected]);
  });

  it('that is long is looked at from its end', () => {
    const folder = mkdtempSync(join(base, 'log-'));
    const file = join(folder, '0000000001');
    const text = `${at(1)} stdout P ${'x'.repeat(2 * 1024 * 1024)}\n${at(2)} stderr P y\n`;
    writeFileSync(file, text);
    mendLog(folder, limits);
    expect(readFileSync(file, 'utf8').slice(text.length)).toMatch(/^\S+ stderr F \n$/);
    const empty = mkdtempSync(join(base, 'log-'));
    mendLog(empty, limits);
    expect(readdirSync(empty)).toEqual([]);
  });
});

it('a full log is rotated before the next run', () => {
  const folder = mkdtempSync(join(base, 'log-'));
  for (const number of [3, 4, 5])
    writeFileSync(join(folder, `000000000${number}`), 'x'.repeat(5000).concat('\n'));
  mendLog(folder, { maxSize: 6000, files: 2 });
  expect(readdirSync(folder)).toHaveLength(3);
  mendLog(folder, { maxSize: 4096, files: 2 });
  expect(readdirSync(folder).sort()).toEqual(['0000000004', '0000000005', '0000000006']);
  mendLog(folder, { maxSize: 4096, files: 2 });
  expect(readdirSync(folder)).toHaveLength(3);
});

describeWithPrograms('the log of a daemon', () => {
  it('is one over all runs, and rotated as the spec says', async () => {
    const { client } = await makeWos().start();
    const logs = { maxSize: 4096, files: 1000 };
    const restart = { policy: 'on-failure', delay: 5, factor: 1, maxRestarts: 30 } as const;
    const long = 'x'.repeat(500);
    const daemon = await TestDaemon.spawn(client, 'chatty', ['say', long, 'write', 'open', 'exit', '3'], {
      logs,
      restart,
    });
    await daemon.wait();
    expect(await daemon.lines()).toEqual(Array.from({ length: 31 }, () => [long, 'open']).flat());
    expect(readdirSync(daemon.document.log).length).toBeGreaterThan(3);
  });
});
