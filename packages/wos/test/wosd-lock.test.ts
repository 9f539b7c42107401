import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { releaseLock, takeLock } from '../src/wosd/lock.ts';
import { temporaryFolder } from './support/programs.ts';

const lock = new URL('../src/wosd/lock.ts', import.meta.url).href;
const script = `
  const { takeLock } = await import(${JSON.stringify(lock)});
  process.stdin.once('data', () => console.log(takeLock(process.argv[1]) ?? 'mine'));
  console.log('ready');
`;

/** A process that takes the lock when it is told to, and lives on. */
function contender(folder: string) {
  const args = ['--input-type=module', '-e', script, folder];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  child.stdout.on('data', (block: Buffer) => {
    for (const line of String(block).trim().split('\n')) {
      const next = waiting.shift();
      if (next) next(line);
      else lines.push(line);
    }
  });
  const line = () =>
    new Promise<string>((resolve) => {
      const first = lines.shift();
      if (first === undefined) waiting.push(resolve);
      else resolve(first);
    });
  return { child, line };
}

const folder = temporaryFolder();

it('of many that take the lock at once one has it, after each kill of its owner too', async () => {
  for (let round = 0; round < 3; round++) {
    const all = Array.from({ length: 6 }, () => contender(folder));
    await Promise.all(all.map(({ line }) => line()));
    for (const { child } of all) child.stdin.write('now\n');
    const answers = await Promise.all(all.map(({ line }) => line()));
    const owner = all[answers.indexOf('mine')];
    const others = answers.filter((answer) => answer !== 'mine');
    expect(others).toEqual(Array(5).fill(String(owner?.child.pid)));
    const ends = all.map(({ child }) => new Promise((resolve) => child.on('close', resolve)));
    for (const { child } of all) child.kill('SIGKILL');
    await Promise.all(ends);
  }
  expect(readdirSync(folder)).toEqual(['lock.3']);
  expect(takeLock(folder)).toBeUndefined();
  expect(takeLock(folder)).toBe(process.pid);
  releaseLock(folder);
  expect(takeLock(folder)).toBeUndefined();
  expect(readdirSync(folder)).toEqual(['lock.5']);
  // Whoever wrote nonsense into it does not hold it.
  writeFileSync(`${folder}/lock.5`, 'nonsense');
  expect(takeLock(folder)).toBeUndefined();
});
