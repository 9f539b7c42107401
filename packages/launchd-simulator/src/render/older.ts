import type { JobView } from '../view.ts';
import { activeCount, block, end, line, opening, running, semaphores, spawnType } from './blocks.ts';
import { lastExit } from './last-exit.ts';

/** PathState is an event trigger with a `state` of its own, which must not be taken for the job's. */
const eventTriggers = (view: JobView): string[] =>
  view.semaphores
    .filter(([name]) => name.startsWith('path state'))
    .flatMap(() => [
      'com.apple.launchd.PathState => {',
      '\tkeepalive = 1',
      '\tstate = 0',
      `\tservice = ${view.label}`,
      '\tstream = com.apple.fsevents.matching',
      '}',
    ]);

/** In launchd's order; every other one is 0 for what plists can say. From a public print of 2019. */
const propertyNames = [
  'partial import',
  'launchd bundle',
  'xpc bundle',
  'keepalive',
  'runatload',
  'low priority i/o',
  'low priority background i/o',
  'legacy timer behavior',
  'exception handler',
  'multiple instances',
  'supports transactions',
  'supports pressured exit',
  'wait for debugger',
  'creates session',
  'inetd-compatible',
  'abandon process group',
  'one-shot',
  'event monitor',
  'penalty box',
  'launch only once',
  'inferred program',
];

/**
 * macOS 11. Its source is a public print of macOS 10.14 or 10.15 (2019): no domain in the first line, long domain names, empty blocks, the
 * properties as a block of 0 and 1, `successive crashes` always. That macOS 11 still printed so is NOT known; the style is there so that
 * nothing depends on the newer form.
 */
export function older(view: JobView): string {
  const { domain } = view;
  const names = {
    system: 'com.apple.xpc.launchd.domain.system',
    user: `com.apple.xpc.launchd.domain.user.${domain.name.split('/')[1]}`,
    gui: `com.apple.xpc.launchd.user.domain.${domain.name.split('/')[1]}.${domain.asid}.Aqua`,
  };
  return end([
    `${view.label} = {`,
    `\tactive count = ${activeCount(view)}`,
    `\tpath = ${view.path}`,
    `\tstate = ${view.state}`,
    '',
    ...opening(view),
    `\tdomain = ${names[domain.kind]}`,
    ...(domain.kind === 'gui' ? line('asid', domain.asid) : []),
    ...line('username', view.userName),
    ...line('group', view.groupName),
    `\tminimum runtime = ${view.minimumRuntime}`,
    `\texit timeout = ${view.exitTimeout}`,
    ...line('nice', view.nice),
    `\truns = ${view.runs}`,
    `\tsuccessive crashes = ${view.crashes}`,
    ...running(view, []),
    ...lastExit(view, '11'),
    '',
    ...semaphores(view),
    ...block('event triggers', eventTriggers(view)),
    ...block('endpoints', []),
    ...block('dynamic endpoints', []),
    ...block('pid-local endpoints', []),
    ...block('instance-specific endpoints', []),
    ...block('event channels', []),
    ...block(
      'sockets',
      view.sockets.flatMap((name) => [`"${name}" = {`, '\tstate = 0', '}']),
    ),
    `\tspawn type = ${spawnType(view)[0]}`,
    '\tspawn role = (null)',
    '\tjetsam priority = 3',
    '\tjetsam memory limit (active) = (unlimited)',
    '\tjetsam memory limit (inactive) = (unlimited)',
    '\tjetsamproperties category = daemon',
    '\tsubmitted job. ignore execute allowed',
    '\tjetsam thread limit = 32',
    '\tcpumon = default',
    '',
    ...block(
      'properties',
      propertyNames.map((name) => `${name} = ${view.properties.includes(name) ? 1 : 0}`),
      [],
    ),
    '}',
  ]);
}
