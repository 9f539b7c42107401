/** What "another process" runs in clauses: creates a client from the harness's module and makes the calls it is told. */
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DaemonHandle, LogsOptions, PlatformAdapter } from '@duende/core';
import { type OtherTask, resultMark, type Step, type StepResult } from './other-process-steps.ts';

async function createClient(clientModule: string): Promise<PlatformAdapter> {
  const [path = '', name = 'createAdapter'] = clientModule.split('#');
  const module: Record<string, unknown> = await import(isAbsolute(path) ? pathToFileURL(path).href : path);
  const create = module[name];
  if (typeof create !== 'function') throw new Error(`${path} has no function ${name}`);
  return await create();
}

async function collect(adapter: PlatformAdapter, args: unknown[]): Promise<unknown[]> {
  const lines: unknown[] = [];
  for await (const line of adapter.logs(args[0] as DaemonHandle, args[1] as LogsOptions)) lines.push(line);
  return lines;
}

async function perform(adapter: PlatformAdapter, step: Step, results: StepResult[]): Promise<StepResult> {
  const args = step.args.map((arg) => {
    if (typeof arg !== 'object' || arg === null || !('$result' in arg)) return arg;
    const result = results[Number(arg.$result)];
    return result && 'value' in result ? result.value : undefined;
  });
  try {
    if (step.method === 'logs') return { value: await collect(adapter, args) };
    const method: unknown = adapter[step.method as keyof PlatformAdapter];
    if (typeof method !== 'function') throw new Error(`the adapter has no ${step.method}()`);
    return { value: (await method.apply(adapter, args)) ?? null };
  } catch (error) {
    const { message, code, reason, field } = error as Error & Record<'code' | 'reason' | 'field', string>;
    return { error: { message, code, reason, field } };
  }
}

const print = (result: StepResult): Promise<void> =>
  new Promise((resolve) => process.stdout.write(`${resultMark}${JSON.stringify(result)}\n`, () => resolve()));

const { clientModule, steps } = JSON.parse(process.argv[2] ?? '') as OtherTask;
const adapter = await createClient(clientModule);
const results: StepResult[] = [];
for (const step of steps) {
  const result = await perform(adapter, step, results);
  results.push(result);
  await print(result);
}
await adapter.close?.();
process.exit(0);
