import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Case {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  readonly stdin?: string;
  readonly stdout?: string;
  readonly exitCode?: number;
}

const input = 'hello from input.txt\n';

/** What Node's tests run each program with, and what they expect. Nothing printed and 0 where nothing else is said. */
export const nodeCases: readonly Case[] = [
  { name: 'cant_dotdot' },
  { name: 'clock_getres' },
  { name: 'create_symlink', stdout: input },
  { name: 'exitcode', exitCode: 120 },
  { name: 'fd_prestat_get_refresh' },
  { name: 'follow_symlink', stdout: input },
  { name: 'freopen', stdout: 'hello from input2.txt\n' },
  { name: 'ftruncate' },
  { name: 'getentropy' },
  { name: 'getrusage' },
  { name: 'gettimeofday' },
  { name: 'link' },
  { name: 'main_args', args: ['foo', '-bar', '--baz=value'] },
  { name: 'notdir' },
  { name: 'poll', stdin: '' },
  { name: 'preopen_populates' },
  { name: 'read_file', stdout: input },
  { name: 'read_file_twice', stdout: input + input },
  { name: 'readdir', env: { NODE_PLATFORM: 'linux' } },
  { name: 'sock' },
  { name: 'stat' },
  { name: 'stdin', stdin: 'x'.repeat(33), stdout: 'x'.repeat(31) },
  { name: 'symlink_escape' },
  { name: 'symlink_loop' },
  { name: 'write_file' },
];

/**
 * The directories that Node's tests give: /sandbox and /tmp. Two of theirs in one. Their links mean what they say from where they
 * are; in Node's own, written for a host that takes them from the top of the preopen, each has one `..` less.
 */
export function nodeFolders(root: string): { sandbox: string; tmp: string } {
  const [sandbox, tmp] = [join(root, 'sandbox'), join(root, 'tmp')];
  const links = join(sandbox, 'subdir');
  mkdirSync(links, { recursive: true });
  mkdirSync(tmp);
  for (const name of ['input.txt', 'input2.txt']) writeFileSync(join(sandbox, name), `hello from ${name}\n`);
  writeFileSync(join(sandbox, 'notadir'), '');
  writeFileSync(join(root, 'outside.txt'), 'this should be inaccessible');
  symlinkSync('../input.txt', join(links, 'input_link.txt'));
  symlinkSync('../../outside.txt', join(links, 'outside.txt'));
  symlinkSync('../subdir/loop2', join(links, 'loop1'));
  symlinkSync('../subdir/loop1', join(links, 'loop2'));
  return { sandbox, tmp };
}
