import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { DaemonSpecInput } from '@duende/core/contract';
import type { Arguments } from './arguments.ts';
import { parseMemory } from './option.ts';
import { quote, usageError } from './usage.ts';

const mebibyte = 1024 ** 2;
/** Bytes of the smallest guest. */
const least = 80 * mebibyte;
const example = 'Example: pepita run --name web --daemon -- /srv/web/server';

function memoryOf(args: Arguments): number | undefined {
  const text = args.text('memory');
  const bytes = text === undefined ? undefined : parseMemory(text);
  if (bytes === undefined || bytes >= least) return bytes;
  throw usageError(`--memory: expected 80M or more, got ${quote(text ?? '')}`);
}

function cpusOf(args: Arguments): number | undefined {
  const count = args.number('cpus');
  if (count === undefined || (count >= 1 && count <= 64)) return count;
  throw usageError(`--cpus: expected 1 to 64, got ${count}`);
}

function cidOf(args: Arguments): number | undefined {
  const cid = args.number('vsock-cid');
  if (cid === undefined || cid >= 3) return cid;
  throw usageError(`--vsock-cid: expected 3 or more, got ${cid}`, '0 to 2 are the host and reserved');
}

function portOf(text: string): { host: number; guest: number; protocol: string } {
  const [ports = '', protocol = 'tcp'] = text.split('/');
  const numbers = ports.split(':').map(Number);
  const [host = 0, guest = host] = numbers;
  if (numbers.every((port) => port >= 1 && port <= 65_535)) return { host, guest, protocol };
  throw usageError(`--publish: expected ports from 1 to 65535, got ${quote(text)}`);
}

function programOf(args: Arguments, cwd: string): { program: string; args: string[] } {
  const [program, ...rest] = args.program ?? [];
  if (program !== undefined && program !== '') {
    // In a root of somebody else it is a path of that root.
    const isFile = program.includes('/') && !args.has('rootfs');
    return { program: isFile ? resolve(cwd, program) : program, args: rest };
  }
  if (!args.has('rootfs') || args.program !== undefined)
    throw usageError('There is nothing to run: expected -- CMD ARG...', example);
  throw usageError(
    'The init of a root file system is not run: PID 1 of a guest is duende-agent, which runs one program',
    'Give the program after --: pepita run --rootfs FILE -- /usr/sbin/nginx',
  );
}

/** A name for whoever gives none. */
const madeUp = (): string => `run-${randomBytes(4).toString('hex')}`;

const given = <T>(name: string, value: T | undefined): Record<string, T> =>
  value === undefined ? {} : { [name]: value };

const path = (args: Arguments, option: string, cwd: string): string | undefined => {
  const text = args.text(option);
  return text === undefined ? undefined : resolve(cwd, text);
};

/** Pure but for the made up name: the daemon that a command line of `run` means; its values are checked as a whole by the adapter. @throws PlatformError Config */
export function readRunSpec(args: Arguments, cwd: string): DaemonSpecInput {
  if (args.has('daemon') && args.has('rm')) {
    throw usageError(
      '--rm does not go with --daemon: nobody waits for its end',
      'Remove it later with pepita destroy',
    );
  }
  const program = programOf(args, cwd);
  const [user, group] = (args.text('user') ?? '').split(':');
  const ports = args.list('publish').map(portOf);
  const files = args.list('file').map((file) => resolve(cwd, file));
  const pepita = {
    ...given('memory', memoryOf(args)),
    ...given('vcpus', cpusOf(args)),
    ...given('vmm', args.text('vmm')),
    ...given('kernel', path(args, 'kernel', cwd)),
    ...given('rootfs', path(args, 'rootfs', cwd)),
    ...given('vsockCid', cidOf(args)),
    ...given('network', args.text('network')),
    ...(files.length > 0 ? { files } : {}),
    ...(ports.length > 0 ? { ports } : {}),
    ...(args.has('read-only') ? { overlay: false } : {}),
    ...(args.has('no-template') ? { template: false } : {}),
  };
  const env = args
    .list('env')
    .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
  return {
    name: args.text('name') ?? madeUp(),
    ...program,
    ...(env.length > 0 ? { env: Object.fromEntries(env) } : {}),
    ...given('cwd', args.text('cwd')),
    ...(user ? { user: Number(user), ...(group === undefined ? {} : { group: Number(group) }) } : {}),
    restart: args.text('restart') ?? 'never',
    platform: { pepita },
  } as DaemonSpecInput;
}
