import { PlatformError } from '@duende/core/contract';
import { WosClient } from '../protocol/client.ts';
import type { ProcessDocument } from '../protocol/documents.ts';
import { wosError } from '../protocol/errors.ts';
import { WosPaths } from '../wosd/paths.ts';
import type { CommandContext } from './command.ts';
import { usageError } from './usage.ts';

/** Runs with a connection to the kernel, which is closed afterwards. @throws PlatformError StatusFailed / unavailable without a kernel */
export async function withKernel<Result>(
  { stateDirectory }: CommandContext,
  act: (client: WosClient) => Promise<Result>,
): Promise<Result> {
  const client = await WosClient.connect(new WosPaths(stateDirectory).base);
  try {
    return await act(client);
  } finally {
    client.close();
  }
}

type Wanted = { readonly pid: number } | { readonly name: string };

/** `--pid` or `--name`. @throws PlatformError Config */
export function wantedProcess({ args }: CommandContext): Wanted {
  const pid = args.number('pid');
  const name = args.text('name');
  if (pid !== undefined && name !== undefined)
    throw usageError('--pid and --name were both given', 'One is enough');
  if (pid !== undefined) return { pid };
  if (name !== undefined) return { name };
  throw usageError('Which process? Give --pid or --name', 'List them with: wos-ctl ps');
}

/** As `withKernel()`, with the PID of the process that the command is about. @throws PlatformError Config when there is none */
export async function withProcess<Result>(
  context: CommandContext,
  act: (client: WosClient, pid: number) => Promise<Result>,
): Promise<Result> {
  const wanted = wantedProcess(context);
  return withKernel(context, async (client) => {
    const pid = 'pid' in wanted ? wanted.pid : (await client.request('status', wanted)).pid;
    return act(client, pid);
  });
}

const isWithoutKernel = (error: unknown): boolean =>
  PlatformError.isInstance(error) && error.code === 'StatusFailed' && error.reason === 'unavailable';

/** All processes, those that have ended included: as the kernel knows them, or else as it left them. */
export async function allProcesses(context: CommandContext): Promise<ProcessDocument[]> {
  try {
    return await withKernel(context, (client) => client.request('list', { all: true }));
  } catch (error) {
    if (!isWithoutKernel(error)) throw error;
  }
  const { readFormer } = await import('../wosd/read-former.ts');
  return readFormer(context.stateDirectory);
}

/** One of them. @throws PlatformError StatusFailed / not-found */
export async function findProcess(context: CommandContext): Promise<ProcessDocument> {
  const wanted = wantedProcess(context);
  try {
    return await withKernel(context, (client) => client.request('status', wanted));
  } catch (error) {
    if (!isWithoutKernel(error)) throw error;
  }
  const { isNamed } = await import('../wosd/names.ts');
  const all = await allProcesses(context);
  const found = all.findLast((each) =>
    'pid' in wanted ? each.pid === wanted.pid : isNamed(each.name, wanted.name),
  );
  if (found) return found;
  const what = 'pid' in wanted ? wanted.pid : JSON.stringify(wanted.name);
  throw wosError('StatusFailed', 'not-found', `There is no process ${what}, and no kernel runs`, {
    hint: 'List them with: wos-ctl ps --all',
  });
}
