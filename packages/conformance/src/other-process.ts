import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PlatformError, type PlatformErrorCode, type PlatformErrorReason } from '@duende/core/contract';
import type { AdapterHarness } from './harness.ts';
import { type OtherTask, resultMark, type Step, type StepResult } from './other-process-steps.ts';

export interface OtherProcess {
  /** The results of the steps that are done, errors included. */
  readonly soFar: readonly StepResult[];
  /** Values of all steps. Rejects with the first step's error, or when the process ended early. */
  readonly finished: Promise<unknown[]>;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
}

// Beside this file: as TypeScript in the source tree, as JavaScript in the package.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const script = fileURLToPath(new URL(`./client-main.${extension}`, import.meta.url));

function resultValue(result: StepResult): unknown {
  if ('value' in result) return result.value;
  const { message, code, reason, field } = result.error;
  if (code === undefined || reason === undefined) throw new Error(`in another process: ${message}`);
  throw new PlatformError(code as PlatformErrorCode, message, {
    reason: reason as PlatformErrorReason,
    field,
  });
}

/** Runs steps in another process that exits after them. */
export function startOtherProcess(
  harness: AdapterHarness,
  steps: readonly Step[],
  options: { environment?: Readonly<Record<string, string>>; signal?: AbortSignal } = {},
): OtherProcess {
  const task: OtherTask = { clientModule: harness.clientModule, steps };
  const child = spawn(process.execPath, [script, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', ...harness.environment, ...options.environment },
  });
  const soFar: StepResult[] = [];
  let rest = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith(resultMark)) soFar.push(JSON.parse(line.slice(1)));
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const closed = new Promise<void>((resolve) => {
    // A daemon that holds on to our pipes must not keep us waiting: then `close` never comes.
    child.once('close', () => resolve());
    child.once('exit', () => setTimeout(resolve, 2000).unref());
    child.once('error', () => resolve());
  });
  const kill = (): Promise<void> => {
    child.kill('SIGKILL');
    return closed;
  };
  const onAbort = () => void kill();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const finished = closed.then(() => {
    options.signal?.removeEventListener('abort', onAbort);
    const values = soFar.map(resultValue);
    if (values.length === steps.length) return values;
    throw new Error(`another process ended (${child.exitCode ?? child.signalCode}) early: ${errors.trim()}`);
  });
  // Clauses that kill the process do not look at how it finished.
  finished.catch(() => {});
  return { soFar, finished, kill };
}
