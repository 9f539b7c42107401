import { lstatSync, readFileSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Definition, toDefinition } from './definition.ts';
import { LaunchError } from './errors.ts';
import type { Job } from './job.ts';
import type { Domain, Launchd } from './launchd.ts';
import { parsePlist } from './plist-parse.ts';

/**
 * launchd.plist(5), FILES / launchctl(1), load: "must be owned by root [daemons] or the user loading them [agents] ... must disallow group
 * and world writes". 122 otherwise. The simulator's own user stands in for root and for the user, since tests may run as anyone.
 */
function checkOwner(path: string, stats: Stats): void {
  if ((stats.mode & 0o022) !== 0)
    throw new LaunchError(122, `${path} can be written by its group or by everyone`);
  const allowed = [0, process.getuid?.()];
  if (!allowed.includes(stats.uid)) throw new LaunchError(122, `${path} belongs to ${stats.uid}`);
}

/** @throws LaunchError 2 (no such file; guessed: launchd says 5 for it on newer versions), 109, 110, 111, 122 */
function read(path: string, newer: boolean): Definition {
  let stats: Stats;
  try {
    stats = lstatSync(path);
    if (!stats.isSymbolicLink() && !stats.isFile()) throw new LaunchError(108);
    if (stats.isSymbolicLink()) stats = statSync(path);
  } catch (error) {
    if (error instanceof LaunchError) throw error;
    throw new LaunchError(newer ? 5 : 2, `${path} cannot be read`);
  }
  checkOwner(path, stats);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    throw new LaunchError(newer ? 5 : 13);
  }
  try {
    return toDefinition(parsePlist(bytes));
  } catch (error) {
    if (error instanceof LaunchError) throw error;
    throw new LaunchError(109, `${path}: ${(error as Error).message}`);
  }
}

/**
 * launchd.plist(5), LimitLoadToSessionType: an agent is for Aqua unless it says otherwise, and only Background is loaded in a user
 * domain: 134 (facts/launchd.md; public reports of 134 for every other pair too).
 */
function checkSession(domain: Domain, { sessionTypes }: Definition): void {
  const session = { gui: 'Aqua', user: 'Background', system: 'System' }[domain.kind];
  const types = sessionTypes ?? (domain.kind === 'system' ? ['System'] : ['Aqua']);
  if (!types.includes(session)) throw new LaunchError(134);
}

/** facts/launchd.md: a log path that cannot be is refused at bootstrap with 5. What is found only on opening is a spawn failure. */
function checkLogs(definition: Definition): void {
  for (const key of ['StandardOutPath', 'StandardErrorPath']) {
    const path = definition.text(key);
    if (path === undefined) continue;
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
      throw new LaunchError(5, `${key} is a folder`);
    for (let folder = dirname(path); folder !== '/' && folder !== '.'; folder = dirname(folder)) {
      let stats: Stats | undefined;
      try {
        stats = statSync(folder, { throwIfNoEntry: false });
      } catch {
        throw new LaunchError(5, `${key}: ${folder} cannot be reached`);
      }
      if (stats && !stats.isDirectory()) throw new LaunchError(5, `${key}: ${folder} is no folder`);
      if (stats) break;
    }
  }
}

/** More bootstraps than this in a second, each answered with "still draining", is a loop without a pause. */
const drainHitsPerSecond = 10;

function noteDrainHit(launchd: Launchd, label: string, path: string): void {
  const now = Date.now();
  const hits = (launchd.drainHits.get(label) ?? []).filter((time) => now - time < 1000);
  hits.push(now);
  launchd.drainHits.set(label, hits);
  // Told once a label.
  if (hits.length > drainHitsPerSecond && !launchd.drainLoops.has(label)) {
    launchd.drainLoops.add(label);
    launchd.violations.add(
      'bootstrap-during-drain',
      `${label}: more than ${drainHitsPerSecond} bootstraps a second while it drains`,
      [path],
    );
  }
}

/**
 * Bootstraps one plist. Order of the checks: guessed, but each code is from facts/launchd.md. A program that does not exist is no
 * error here (facts). Already loaded and still draining: 37 in styles 11 and, for draining, 13, else 5, since public reports have both
 * and no version is tied to either for certain.
 */
export function loadPlist(launchd: Launchd, domain: Domain, path: string): Job {
  const { style, strict } = launchd.settings;
  const definition = read(path, style !== '11');
  checkSession(domain, definition);
  const store = domain.kind === 'system' ? 'system' : `${domain.uid}`;
  // launchd.plist(5), Disabled: the default that `enable` and `disable` override.
  if (launchd.overrides.get(store, definition.label) ?? definition.disabled) throw new LaunchError(119);
  const existing = domain.jobs.get(definition.label);
  if (existing?.drain) {
    if (strict) noteDrainHit(launchd, definition.label, path);
    throw new LaunchError(style === '15' ? 5 : 37, `${definition.label} drains`);
  }
  if (existing) throw new LaunchError(style === '11' ? 37 : 5, `${definition.label} is loaded`);
  checkLogs(definition);
  for (const detail of definition.ignored) launchd.violations.add('ignored-key', detail, [path]);
  if (domain.kind !== 'system' && definition.text('UserName') !== undefined) {
    launchd.violations.add('ignored-key', 'UserName is ignored outside the system domain', [path]);
  }
  const job = launchd.add(domain, path, definition);
  job.loaded();
  return job;
}
