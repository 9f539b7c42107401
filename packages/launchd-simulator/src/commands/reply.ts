import { errorText, LaunchError } from '../errors.ts';
import type { Launchd } from '../launchd.ts';
import { domainTitle, parseTarget, type Target, usageCode } from '../target.ts';

export interface Reply {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Request {
  readonly launchd: Launchd;
  /** As given after `launchctl`. */
  readonly arguments: readonly string[];
  readonly cwd: string;
  readonly terminal: boolean;
  /** Run through sudo(8): root, in the system's session. */
  readonly sudo: boolean;
}

export type Command = (request: Request) => Reply | Promise<Reply>;

export const reply = (code: number, out = '', err = ''): Reply => ({ code, out, err });

/** What launchctl prints when its arguments make no sense. The real text is longer (the whole usage); its beginning is this. */
export const usage = (subcommand: string, form: string): Reply =>
  reply(usageCode, '', `Usage: launchctl ${subcommand} ${form}\n`);

/** Source: launchctl's own text, ProcursusTeam/launchctl; code 64 in public transcripts. */
export const badTarget = (): Reply =>
  reply(
    usageCode,
    '',
    'Unrecognized target specifier. <service-target> takes a form of <domain-target>/<service-id>.\n' +
      'Please refer to `man launchctl` for explanation of the <domain-target> specifiers.\n',
  );

/**
 * The message that launchctl itself has for 112, 113 and bad targets, whatever the subcommand; `Bad request.` comes before it on newer
 * versions (public transcripts of 2025 and later; from which version on is not known: style 15 only).
 */
export function failure({ launchd }: Request, target: Target | undefined, code: number, prefix = ''): Reply {
  if (code === usageCode) return badTarget();
  const bad = launchd.settings.style === '15' && prefix === '' ? 'Bad request.\n' : '';
  const title = target ? domainTitle(target) : '';
  if (code === 112) return reply(112, '', `${prefix}${bad}Could not find domain for ${title}\n`);
  if (code === 113 && target?.label !== undefined) {
    return reply(113, '', `${prefix}${bad}Could not find service "${target.label}" in domain for ${title}\n`);
  }
  return reply(code, '', prefix || `${errorText(code)}\n`);
}

/** Runs `act` on a service target; what launchd refuses becomes launchctl's message. `say` has the subcommand's own words for a code. */
export async function onService(
  request: Request,
  text: string | undefined,
  form: [subcommand: string, form: string],
  act: (target: Target & { label: string }) => Reply | Promise<Reply>,
  say: (code: number, target: Target) => string = () => '',
): Promise<Reply> {
  if (text === undefined) return usage(...form);
  let target: Target | undefined;
  try {
    target = parseTarget(text);
    if (target.label === undefined) return badTarget();
    return await act(target as Target & { label: string });
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    if (error.code === 112 || error.code === 113 || !target) return failure(request, target, error.code);
    return reply(error.code, '', say(error.code, target));
  }
}

/** Root may change every domain, a user only that user's own: launchctl(1). Code 1 (EPERM) otherwise. */
export function mustBeAllowed({ launchd, sudo }: Request, target: Target): void {
  const { privileged, uid } = launchd.settings;
  if (privileged || sudo || (target.kind !== 'system' && target.uid === uid)) return;
  throw new LaunchError(1);
}
