import { readFileSync, rmSync } from 'node:fs';
import type { DaemonSpec } from '@duende/core/contract';
import { watchChanges } from '@duende/program';
import { type Context, failure, type Operation } from './daemon.ts';
import { bootout, bootstrap, readJob, serviceTarget } from './job.ts';
import type { JobState } from './job-state.ts';
import { said } from './launchctl.ts';
import { removeMark } from './process-mark.ts';
import { type SpawnAnswer, spawnError } from './spawn-error.ts';

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The file `answer`: `undefined` while there is none. */
function readAnswer({ state }: Context, name: string): 'ok' | SpawnAnswer | undefined {
  const text = read(state.file(name, 'answer'));
  if (!text.endsWith('\n')) return undefined;
  if (text.startsWith('ok ')) return 'ok';
  const [, stage = 'runner', error = '0', lastLine = ''] =
    /^error (\S+) (-?\d+) ?(.*)$/s.exec(text.trimEnd()) ?? [];
  return { stage, error: Number(error), lastLine };
}

/**
 * Loads a plist, starts its job, and waits until its program was executed, or is ready: bootstrap itself succeeds without any of that.
 * @throws PlatformError SpawnFailed, Config. What is left then is for `takeBack`.
 */
export async function startJob(
  context: Context,
  spec: DaemonSpec,
  paths: { readonly plist: string; readonly file: string; readonly installed?: boolean },
  operation: Operation,
): Promise<void> {
  const { name } = spec;
  const { state } = context;
  rmSync(state.file(name, 'answer'), { force: true });
  // Of a stop that was killed before it was done.
  removeMark(state.file(name, 'stopping'));
  const changes = watchChanges(state.folder(name));
  try {
    await bootstrap(context, name, paths.plist, operation);
    // KeepAlive and RunAtLoad start it by themselves; a program that has ended by now would be started once more.
    let begun = spec.restart.policy === 'never' && paths.installed !== true;
    if (begun) await kickstart(context, name, operation);
    const loadedAt = performance.now();
    const deadline = performance.now() + (spec.readiness === 'notify' ? spec.startTimeout : 0) + 30_000;
    for (let round = 0; ; round += 1) {
      const answer = readAnswer(context, name);
      if (answer === 'ok') return;
      if (answer !== undefined) throw spawnError(answer, spec, paths.file);
      const job = round > 0 ? await readJob(context, name) : undefined;
      const isOver =
        job !== undefined && (job.spawnFailed || (job.kind === 'idle' && job.exit !== undefined));
      if (readAnswer(context, name) === undefined && (isOver || performance.now() > deadline))
        throw notBegun(context, name, job, operation);
      // It should have begun long ago.
      if (!begun && performance.now() - loadedAt > 2000 && job?.runs === 0 && job.kind === 'idle') {
        begun = true;
        await kickstart(context, name, operation);
      }
      await changes.next(700);
    }
  } finally {
    changes.close();
  }
}

async function kickstart(context: Context, name: string, operation: Operation): Promise<void> {
  const kicked = await context.launchctl.run('kickstart', '-p', serviceTarget(context, name));
  if (kicked.code !== 0 && (await readJob(context, name)) === undefined) {
    throw failure(operation, `launchd does not start ${name}: ${said(kicked)}`, 'engine-error');
  }
}

/** Not even the job's own process could do its work. */
function notBegun({ state }: Context, name: string, job: JobState | undefined, operation: Operation) {
  const complaint = read(state.file(name, 'errors')).split('\n')[0];
  const exit = job?.exit;
  const how =
    exit === undefined
      ? 'its process did not begin in time'
      : `its process ended with ${'code' in exit ? `code ${exit.code}` : exit.signal}`;
  const why = job?.spawnFailed ? 'launchd could not execute /usr/bin/perl (78, EX_CONFIG)' : how;
  return failure(
    operation,
    `launchd could not start ${name}: ${why}${complaint ? `; it said: ${complaint}` : ''}`,
    'engine-error',
  );
}

/** Takes back what a failed start has left in launchd. */
export const takeBack = (context: Context, name: string, operation: Operation): Promise<void> =>
  bootout(context, name, operation).catch(() => undefined);
