import { setTimeout as delay } from 'node:timers/promises';
import type { Context, Operation } from './daemon.ts';
import { failure } from './daemon.ts';
import { type JobState, jobState, stateOfList } from './job-state.ts';
import { labelOf } from './label.ts';
import { type Answer, codes, said } from './launchctl.ts';
import { parseList } from './parse-list.ts';
import { parsePrint } from './parse-print.ts';

export const serviceTarget = ({ domainTarget }: Context, name: string): string =>
  `${domainTarget}/${labelOf(name)}`;

/** What launchd knows of a job; `undefined` when it is not loaded. Where `print` says nothing of its state, `list` is a second opinion. */
export async function readJob(context: Context, name: string): Promise<JobState | undefined> {
  const { launchctl } = context;
  const answer = await launchctl.run('print', serviceTarget(context, name));
  if (answer.code !== 0) return undefined;
  const fields = parsePrint(answer.stdout);
  if (fields.has('state')) return jobState(fields);
  const list = await launchctl.run('list', labelOf(name));
  return list.code === 0 ? { ...jobState(fields), ...stateOfList(parseList(list.stdout)) } : jobState(fields);
}

/** Waits a little longer each time. */
async function* rounds(milliseconds: number): AsyncGenerator<void> {
  const end = performance.now() + milliseconds;
  for (let pause = 15; performance.now() < end; pause = Math.min(pause * 1.5, 250)) {
    yield;
    await delay(pause);
  }
}

/** bootout is asynchronous: the job stays while it drains, and nothing may be bootstrapped before it is gone (113). */
async function untilGone(context: Context, name: string, milliseconds: number): Promise<boolean> {
  for await (const _ of rounds(milliseconds)) {
    if ((await readJob(context, name)) === undefined) return true;
  }
  return false;
}

/** Takes a job out of launchd, and waits until it is really gone. One that is not there is no error. */
export async function bootout(
  context: Context,
  name: string,
  operation: Operation,
  drainMs = 15_000,
): Promise<void> {
  const answer = await context.launchctl.run('bootout', serviceTarget(context, name));
  const { noProcess, noService } = codes;
  if (answer.code === noProcess || answer.code === noService) return;
  if (await untilGone(context, name, drainMs)) return;
  throw failure(
    operation,
    `launchd still has ${labelOf(name)} ${drainMs / 1000} s after bootout: ${said(answer)}`,
    answer.code === codes.notPermitted ? 'permission-denied' : 'timeout',
    `launchctl print ${serviceTarget(context, name)} shows why`,
  );
}

const retried: readonly number[] = [codes.inputOutput, codes.inProgress, codes.alreadyInProgress];

/** 5 is a catch-all: still draining, loaded already, of another session. It is tried again for a while, each time when nothing is there. */
export async function bootstrap(
  context: Context,
  name: string,
  plist: string,
  operation: Operation,
): Promise<void> {
  let answer: Answer | undefined;
  for await (const _ of rounds(10_000)) {
    answer = await context.launchctl.run('bootstrap', context.domainTarget, plist);
    if (answer.code === 0) return;
    if (!retried.includes(answer.code)) break;
    if (!(await untilGone(context, name, 5000))) break;
  }
  throw bootstrapError(context, name, plist, answer as Answer, operation);
}

function bootstrapError(
  { domainTarget }: Context,
  name: string,
  plist: string,
  answer: Answer,
  operation: Operation,
) {
  const message = `launchd does not take ${labelOf(name)}: ${said(answer)}`;
  const { code } = answer;
  if (code === codes.noDomain || code === codes.unsupportedAction) {
    return failure(
      operation,
      message,
      'unavailable',
      `There is no domain ${domainTarget} now: log in, or use --domain user`,
    );
  }
  if (code === codes.disabled) {
    return failure(
      operation,
      message,
      'engine-error',
      `Enable it: launchctl enable ${domainTarget}/${labelOf(name)}`,
    );
  }
  if (code === codes.notPermitted)
    return failure(operation, message, 'permission-denied', 'Run duende as root');
  const hint = `launchctl error ${code} explains it; the plist is ${plist}`;
  return failure(operation, message, 'engine-error', hint);
}
