import { isAbsolute, join } from 'node:path';
import { errorText, LaunchError } from '../errors.ts';
import { loadPlist } from '../plist-file.ts';
import { type Command, reply, usage } from './reply.ts';

/**
 * `load` and `unload`: launchctl(1) calls them legacy, recommends bootstrap and bootout, and says that they end with 0 whatever happens
 * but wrong usage. Always a violation: an adapter cannot know whether they worked.
 */
export const legacyLoad: Command = (request) => {
  const { launchd, cwd, sudo } = request;
  const [verb = '', ...given] = request.arguments;
  launchd.violations.add('legacy-subcommand', `${verb} ends with 0 even when it failed`, request.arguments);
  const paths = given
    .filter((one) => !one.startsWith('-'))
    .map((one) => (isAbsolute(one) ? one : join(cwd, one)));
  if (paths.length === 0) return usage(verb, '<service-path, service-path2, ...>');
  const domain = launchd.sessionDomain(sudo);
  const write = given.some((one) => /^-[a-zA-Z]*w/.test(one));
  const store = domain.kind === 'system' ? 'system' : `${domain.uid}`;
  let failed = 0;
  for (const path of paths) {
    if (verb === 'unload') {
      const job = [...domain.jobs.values()].find((one) => one.path === path);
      if (!job) failed = 5;
      else {
        if (write) launchd.overrides.set(store, job.definition.label, true);
        job.remove();
      }
      continue;
    }
    try {
      loadPlist(launchd, domain, path);
    } catch (error) {
      if (!(error instanceof LaunchError)) throw error;
      failed = 5;
    }
  }
  if (failed === 0) return reply(0);
  const title = verb === 'load' ? 'Load' : 'Unload';
  const instead = verb === 'load' ? 'bootstrap' : 'bootout';
  return reply(
    0,
    '',
    `${title} failed: ${failed}: ${errorText(failed)}\nTry running \`launchctl ${instead}\` as root for richer errors.\n`,
  );
};

/** `start`, `stop` and `remove LABEL`: legacy too, but what they do is known. launchctl(1). */
export const legacyControl: Command = (request) => {
  const { launchd, sudo } = request;
  const [verb = '', label] = request.arguments;
  launchd.violations.add('legacy-subcommand', `${verb} is legacy, it names no domain`, request.arguments);
  if (label === undefined) return usage(verb, '<service-name>');
  const job = launchd.sessionDomain(sudo).jobs.get(label);
  // start and stop answer 3 for an unknown label (public transcripts), remove 0 (ProcursusTeam/launchctl remove.c).
  if (!job) return reply(verb === 'remove' ? 0 : 3);
  if (verb === 'start') void job.demand('non-ipc demand');
  else if (verb === 'stop') job.kill('SIGTERM');
  else job.remove();
  return reply(0);
};

/** `error CODE`: launchctl(1). */
export const error: Command = ({ arguments: [, text] }) =>
  text === undefined
    ? usage('error', '[posix|mach|bootstrap] <code>')
    : reply(0, `${Number(text)}: ${errorText(Number(text))}\n`);

/** `managername`, `manageruid`, `managerpid`: of the caller's session, launchctl(1). */
export const manager: Command = ({ launchd: { settings }, arguments: [verb], sudo }) => {
  const session = sudo ? 'System' : settings.session;
  if (verb === 'managername') return reply(0, `${session}\n`);
  if (verb === 'manageruid') return reply(0, `${session === 'System' ? 0 : settings.uid}\n`);
  return reply(0, '1\n');
};

/** The text of facts of the kind `Darwin Bootstrapper Version 7.0.0: ...`; the build's details are made up. */
export const version: Command = () => reply(0, 'Darwin Bootstrapper Version 7.0.0: launchd-simulator\n');

export const help: Command = () => reply(0, 'Usage: launchctl <subcommand> ... | help [subcommand]\n');
