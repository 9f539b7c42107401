import { isAbsolute, join } from 'node:path';
import { errorText, LaunchError } from '../errors.ts';
import type { Job } from '../job.ts';
import { parseTarget, type Target } from '../target.ts';
import { badTarget, type Command, mustBeAllowed, type Reply, type Request, reply, usage } from './reply.ts';

const failed = (code: number): Reply => reply(code, '', `Boot-out failed: ${code}: ${errorText(code)}\n`);

function jobsOf(request: Request, target: Target, paths: readonly string[]): Job[] {
  const domain = request.launchd.domain(target);
  const jobs = [...domain.jobs.values()];
  if (target.label !== undefined) return jobs.filter(({ definition }) => definition.label === target.label);
  if (paths.length === 0) {
    request.launchd.violations.add(
      'bootout-of-domain',
      `${target.domain}: ends every job of the domain`,
      request.arguments,
    );
    return jobs;
  }
  const wanted = paths.map((path) => (isAbsolute(path) ? path : join(request.cwd, path)));
  return jobs.filter(({ path }) => wanted.includes(path));
}

/**
 * `bootout DOMAIN/LABEL` or `bootout DOMAIN PLIST...`. Asynchronous: it answers while the job drains (facts/launchd.md). On macOS 11 the
 * answer is then 36, EINPROGRESS: from 12 on launchctl asks for "no-einprogress" (ProcursusTeam/launchctl bootstrap.c). Of a job that
 * drains already: 37 (guessed). Of none: 3 (facts). `--wait` exists on macOS 26 only and is a bad target before.
 */
export const bootout: Command = (request) => {
  const [, text, ...paths] = request.arguments;
  if (text === undefined)
    return usage('bootout', '<domain-target> [service-path1, service-path2, ...] | <service-target>');
  try {
    const target = parseTarget(text);
    mustBeAllowed(request, target);
    const jobs = jobsOf(request, target, paths);
    if (jobs.length === 0) return failed(3);
    if (jobs.every(({ drain }) => drain !== undefined)) return failed(37);
    const running = jobs.some(({ pid }) => pid > 0);
    for (const job of jobs) job.remove();
    return running && request.launchd.settings.style === '11' ? failed(36) : reply(0);
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    return error.code === 64 ? badTarget() : failed(error.code);
  }
};
