import { oflag } from './numbers.ts';
import type { Argument, Check, Step } from './steps.ts';

export { errno, oflag, right, type } from './numbers.ts';

/** The one preopen of these programs. */
export const root = 3;

/** Where results go: descriptors in variables, the rest below 3072. */
export const result = {
  size: 0,
  large: 8,
  stat: 64,
  otherStat: 128,
  fdstat: 192,
  otherFdstat: 224,
  buffer: 512,
  other: 1024,
} as const;
const names = ['fd', 'other', 'dir'] as const;
export type Name = (typeof names)[number];
export const variableNames: readonly string[] = names;
const variableAt = (name: Name) => 3072 + names.indexOf(name) * 4;
export const value = (name: Name): Argument => ({ value: name });
export const path = (text: string): Argument => ({ text });

export function step(
  call: string,
  args: readonly Argument[],
  answers: number | readonly number[] = 0,
  ...checks: Check[]
): Step {
  return { call, args, answers: typeof answers === 'number' ? [answers] : answers, checks };
}

interface Open {
  readonly as?: Name;
  readonly at?: Argument;
  readonly follow?: boolean;
  readonly flags?: number;
  readonly rights?: bigint;
  readonly inheriting?: bigint;
  readonly fdflags?: number;
}

export function open(name: string, options: Open = {}, answers: number | readonly number[] = 0): Step {
  const {
    as = 'fd',
    at = root,
    follow = false,
    flags = 0,
    rights = 0n,
    inheriting = 0n,
    fdflags = 0,
  } = options;
  const args = [at, follow ? 1 : 0, path(name), flags, rights, inheriting, fdflags, variableAt(as)];
  return step('path_open', args, answers);
}

export const close = (fd: Argument, answers: number | readonly number[] = 0) =>
  step('fd_close', [fd], answers);
export const create = (name: string): Step[] => [open(name, { flags: oflag.create }), close(value('fd'))];
export const mkdir = (name: string, at: Argument = root) => step('path_create_directory', [at, path(name)]);
export const rmdir = (name: string, answers: number | readonly number[] = 0) =>
  step('path_remove_directory', [root, path(name)], answers);
export const unlink = (name: string, answers: number | readonly number[] = 0, at: Argument = root) =>
  step('path_unlink_file', [at, path(name)], answers);
export const symlink = (target: string, name: string, answers: number | readonly number[] = 0) =>
  step('path_symlink', [path(target), root, path(name)], answers);
export const rename = (from: string, to: string, answers: number | readonly number[] = 0) =>
  step('path_rename', [root, path(from), root, path(to)], answers);
export const link = (
  from: string,
  to: string,
  answers: number | readonly number[] = 0,
  at: Argument = root,
  follow = 0,
) => step('path_link', [root, follow, path(from), at, path(to)], answers);

export const stat = (fd: Argument, ...checks: Check[]) =>
  step('fd_filestat_get', [fd, result.stat], 0, ...checks);
export const pathStat = (name: string, follow: boolean, ...checks: Check[]) =>
  step('path_filestat_get', [root, follow ? 1 : 0, path(name), result.stat], 0, ...checks);
export const sizeIs = (size: number): Check => ({ at: result.stat + 32, size: 8, is: size });
export const typeIs = (kind: number): Check => ({ at: result.stat + 16, size: 1, is: kind });

/** Moves bytes between a file and memory, all at once or in two halves. */
function move(
  call: string,
  fd: Argument,
  at: number,
  length: number,
  offset: bigint | undefined,
  moved: number,
  checks: readonly Check[],
) {
  const args = [
    fd,
    { buffers: [[at, length]] as const },
    ...(offset === undefined ? [] : [offset]),
    result.size,
  ];
  return step(call, args, 0, { at: result.size, is: moved }, ...checks);
}
export const write = (fd: Argument, at: number, length: number) =>
  move('fd_write', fd, at, length, undefined, length, []);
export const read = (fd: Argument, at: number, length: number, moved: number, ...checks: Check[]) =>
  move('fd_read', fd, at, length, undefined, moved, checks);
export const pwrite = (fd: Argument, at: number, length: number, offset: bigint) =>
  move('fd_pwrite', fd, at, length, offset, length, []);
export const pread = (
  fd: Argument,
  at: number,
  length: number,
  offset: bigint,
  moved: number,
  ...checks: Check[]
) => move('fd_pread', fd, at, length, offset, moved, checks);
export const seek = (fd: Argument, offset: number, whence: number, is: number) =>
  step('fd_seek', [fd, BigInt(offset), whence, result.large], 0, { at: result.large, size: 8, is });
export const tell = (fd: Argument, is: number) =>
  step('fd_tell', [fd, result.large], 0, { at: result.large, size: 8, is });
/** Puts bytes into memory: what a link says. They are its target. */
export const put = (text: string, at: number): Step[] => [
  symlink(text, 'bytes'),
  step('path_readlink', [root, path('bytes'), at, text.length, result.size], 0, { at, is: text }),
  unlink('bytes'),
];
