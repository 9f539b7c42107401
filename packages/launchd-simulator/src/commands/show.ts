import { LaunchError } from '../errors.ts';
import { renderDisabled, renderDomain } from '../render/domain.ts';
import { renderList, renderListed } from '../render/list.ts';
import { renderService } from '../render/service.ts';
import { parseTarget, type Target } from '../target.ts';
import { viewOf } from '../view.ts';
import { badTarget, type Command, failure, reply, usage } from './reply.ts';

/** `print DOMAIN` or `print DOMAIN/LABEL`. */
export const print: Command = (request) => {
  const text = request.arguments[1];
  if (text === undefined) return usage('print', '<domain-target> | <service-target>');
  const { launchd } = request;
  let target: Target | undefined;
  try {
    target = parseTarget(text);
    const domain = launchd.domain(target);
    if (target.label !== undefined)
      return reply(0, renderService(viewOf(launchd, launchd.job(target)), launchd.settings.style));
    return reply(0, renderDomain(launchd, domain));
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    return failure(request, target, error.code);
  }
};

export const printDisabled: Command = (request) => {
  const text = request.arguments[1];
  if (text === undefined) return usage('print-disabled', '<domain-target>');
  let target: Target | undefined;
  try {
    target = parseTarget(text);
    if (target.label !== undefined) return badTarget();
    return reply(0, renderDisabled(request.launchd, request.launchd.domain(target)));
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    return failure(request, target, error.code);
  }
};

/** `list` and `list LABEL`: of the caller's session, not of a domain (ProcursusTeam/launchctl list.c: the requestor's domain). */
export const list: Command = (request) => {
  const { launchd, sudo } = request;
  const domain = launchd.sessionDomain(sudo);
  const label = request.arguments[1];
  if (label === undefined)
    return reply(0, renderList([...domain.jobs.values()].map((job) => viewOf(launchd, job))));
  const job = domain.jobs.get(label);
  // Public transcripts: the domain of such a message is called "port".
  if (!job) return reply(113, '', `Could not find service "${label}" in domain for port\n`);
  return reply(0, renderListed(viewOf(launchd, job)));
};
