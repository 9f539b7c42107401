import { errorText, LaunchError } from '../errors.ts';
import { localSignal, parseSignal } from '../signals.ts';
import { type Command, mustBeAllowed, onService, reply, usage } from './reply.ts';

const kickstartForm: [string, string] = ['kickstart', '[-k] [-p] <service-target>'];

/**
 * `kickstart [-kps] TARGET`. `-p` prints the PID, on a terminal in a sentence (launchctl's own text). Of one that runs, without -k: style
 * 11 answers 37 without a word, as launchctl does with an EALREADY of launchd's; later ones are known to succeed (from which version on
 * is not known). While it drains: 37 without a word (public reports).
 */
export const kickstart: Command = (request) => {
  const given = request.arguments.slice(1);
  const flags = new Set<string>();
  while (given[0] !== undefined && /^-[a-z]+$/.test(given[0]))
    for (const letter of (given.shift() as string).slice(1)) flags.add(letter);
  if ([...flags].some((letter) => !'kpsu'.includes(letter))) return usage(...kickstartForm);
  return onService(
    request,
    given[0],
    kickstartForm,
    async (target) => {
      const { launchd, terminal } = request;
      const job = launchd.job(target);
      mustBeAllowed(request, target);
      if (job.drain) return reply(37);
      if (job.pid > 0 && !flags.has('k') && launchd.settings.style === '11') return reply(37);
      // Public prints of jobs that were kickstarted say so.
      const pid = await (flags.has('k') ? job.restart('non-ipc demand') : job.demand('non-ipc demand'));
      if (pid === 0) throw new LaunchError(3);
      if (!flags.has('p')) return reply(0);
      return reply(0, terminal ? `service spawned with pid: ${pid}\n` : `${pid}\n`);
    },
    (code, target) => `Could not kickstart service "${target.label}": ${code}: ${errorText(code)}\n`,
  );
};

/**
 * `kill SIGNAL TARGET`. A number is macOS's number, and a violation in strict mode: they differ between platforms, so an adapter that
 * passes one has it from the wrong table (facts/launchd.md).
 */
export const kill: Command = (request) => {
  const [, text, target] = request.arguments;
  const form: [string, string] = ['kill', '<signal-number|signal-name> <service-target>'];
  if (text === undefined || target === undefined) return usage(...form);
  const signal = parseSignal(text);
  if (!signal) return reply(64, '', 'Invalid signal.\n');
  if (signal.numeric && request.launchd.settings.strict) {
    request.launchd.violations.add(
      'numeric-signal',
      `${text}: signals are passed by name`,
      request.arguments,
    );
  }
  return onService(
    request,
    target,
    form,
    (parsed) => {
      const job = request.launchd.job(parsed);
      mustBeAllowed(request, parsed);
      const name = localSignal(signal.number);
      if (name === undefined) return reply(0);
      return job.kill(name) ? reply(0) : reply(3, '', 'No process to signal.\n');
    },
    (code) => (code === 1 ? 'Not privileged to signal service.\n' : ''),
  );
};

/** `blame TARGET`: why it runs. Source: ProcursusTeam/launchctl blame.c; without a process its text is that of kill. */
export const blame: Command = (request) =>
  onService(request, request.arguments[1], ['blame', '<service-target>'], (target) => {
    const job = request.launchd.job(target);
    return job.pid > 0 ? reply(0, `${job.reason}\n`) : reply(3, '', 'No process to signal.\n');
  });

/** `enable` and `disable TARGET`. The service need not be loaded or exist; nothing is started or ended: launchctl(1). */
export const toggle: Command = (request) => {
  const [verb = '', text] = request.arguments;
  return onService(
    request,
    text,
    [verb, '<service-target>'],
    (target) => {
      const { launchd } = request;
      const domain = launchd.domain(target);
      mustBeAllowed(request, target);
      launchd.overrides.set(
        domain.kind === 'system' ? 'system' : `${domain.uid}`,
        target.label,
        verb === 'disable',
      );
      return reply(0);
    },
    (code) => `Could not ${verb} service: ${code}: ${errorText(code)}\n`,
  );
};
