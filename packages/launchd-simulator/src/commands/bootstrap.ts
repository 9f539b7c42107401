import { readdirSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { errorText, LaunchError } from '../errors.ts';
import { loadPlist } from '../plist-file.ts';
import { parseTarget, type Target } from '../target.ts';
import { badTarget, type Command, mustBeAllowed, type Reply, type Request, reply, usage } from './reply.ts';

/** A folder stands for the plists in it: launchctl(1), bootstrap. */
function plistsOf(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name.endsWith('.plist'))
    .sort()
    .map((name) => join(path, name));
}

/** facts/launchd.md: the two lines of `Bootstrap failed`; the second for those who are not root, from style 13 on (guessed). */
function failed({ launchd, sudo }: Request, code: number): Reply {
  const { privileged, style } = launchd.settings;
  const hint =
    code === 5 && !privileged && !sudo && style !== '11'
      ? 'Try re-running the command as root for richer errors.\n'
      : '';
  return reply(code, '', `Bootstrap failed: ${code}: ${errorText(code)}\n${hint}`);
}

/** A gui domain of a user who is not logged in: 125 in most public reports of bootstrap, 112 for everything else. */
function codeOfMissing(target: Target): number {
  return target.kind === 'gui' ? 125 : 112;
}

/** `bootstrap DOMAIN PLIST...`. Asynchronous only in that it starts programs: the answer says nothing about them. */
export const bootstrap: Command = (request) => {
  const [, text, ...paths] = request.arguments;
  if (text === undefined) return usage('bootstrap', '<domain-target> [service-path, service-path2, ...]');
  const { launchd } = request;
  let target: Target;
  try {
    target = parseTarget(text);
    if (target.label !== undefined || paths.length === 0) return badTarget();
    mustBeAllowed(request, target);
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    if (error.code === 64) return badTarget();
    // Not root in the system domain: 5, with the hint of re-running it as root (many public transcripts).
    return failed(request, error.code === 1 ? 5 : error.code);
  }
  const domain = launchd.domains.get(target.domain);
  if (!domain) return failed(request, codeOfMissing(target));
  const errors: [path: string, code: number][] = [];
  for (const path of paths.flatMap((one) => plistsOf(isAbsolute(one) ? one : join(request.cwd, one)))) {
    try {
      loadPlist(launchd, domain, path);
    } catch (error) {
      if (!(error instanceof LaunchError)) throw error;
      errors.push([path, error.code]);
    }
  }
  if (errors.length === 0) return reply(0);
  const only = errors.length === 1 ? errors[0] : undefined;
  if (only && only[1] !== 37) return failed(request, only[1]);
  // launchctl's own texts: one line a path, then the whole (ProcursusTeam/launchctl bootstrap.c).
  const lines = errors.map(
    ([path, code]) => `${path}: ${code === 37 ? 'service already bootstrapped' : errorText(code)}\n`,
  );
  const whole = failed(request, only ? only[1] : 133);
  return reply(whole.code, '', lines.join('') + whole.err);
};
