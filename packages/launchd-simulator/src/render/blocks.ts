import type { JobView } from '../view.ts';

/** Lines of one tab; '' is an empty line. A block is its own lines of two tabs and an empty line after it, as launchd prints it. */
export type Lines = readonly string[];

export const block = (name: string, entries: Lines, after: Lines = ['']): string[] => [
  `\t${name} = {`,
  ...entries.map((entry) => `\t\t${entry}`),
  '\t}',
  ...after,
];

export const pairs = (map: ReadonlyMap<string, string>): string[] =>
  [...map].map(([name, value]) => `${name} => ${value}`);
export const line = (name: string, value: string | number | undefined): string[] =>
  value === undefined || value === '' ? [] : [`\t${name} = ${value}`];

/** Program, arguments, folder, files and environment: the same in every version that was seen. */
export function opening(view: JobView): string[] {
  return [
    ...line('program', view.program),
    ...block('arguments', view.arguments),
    ...(view.workingDirectory === undefined ? [] : [...line('working directory', view.workingDirectory), '']),
    ...line('stdin path', view.stdin),
    ...line('stdout path', view.stdout),
    ...line('stderr path', view.stderr),
    ...(view.inherited.size === 0 ? [] : block('inherited environment', pairs(view.inherited))),
    ...block('default environment', pairs(view.defaults)),
    ...block('environment', pairs(view.own)),
  ];
}

/** Nested blocks that repeat `state`, `active count` and `pid`: what must not be taken for the job's own. */
export const coalitions = ({ label }: JobView): string[] =>
  ['resource', 'jetsam'].flatMap((type, index) =>
    block(`${type} coalition`, [
      `ID = ${1230 + index}`,
      `type = ${type}`,
      'state = active',
      'active count = 1',
      'pid = 1',
      `name = ${label}`,
    ]),
  );

export const semaphores = (view: JobView): string[] =>
  view.semaphores.length === 0
    ? []
    : block(
        'semaphores',
        view.semaphores.map(([name, wanted]) => `${name} => ${wanted ? 1 : 0}`),
      );

const limitNames: Readonly<Record<string, string>> = {
  Core: 'core',
  CPU: 'cpu',
  Data: 'data',
  FileSize: 'filesize',
  MemoryLock: 'memlock',
  NumberOfFiles: 'maxfiles',
  NumberOfProcesses: 'maxproc',
  ResidentSetSize: 'rss',
  Stack: 'stack',
};

export function resourceLimits({ softLimits, hardLimits }: JobView): string[] {
  const rows = Object.entries(limitNames).flatMap(([key, name]) => [
    ...(softLimits.has(key) ? [`${name} (soft) => ${softLimits.get(key)}`] : []),
    ...(hardLimits.has(key) ? [`${name} (hard) => ${hardLimits.get(key)}`] : []),
  ]);
  return rows.length === 0 ? [] : block('resource limits', rows);
}

const spawnTypes: Readonly<Record<string, readonly [string, number]>> = {
  Interactive: ['interactive', 4],
  Background: ['background', 5],
  Adaptive: ['adaptive', 6],
};

/** ProcessType. Without one, and as Standard: daemon (3). */
export const spawnType = ({ processType }: JobView): readonly [name: string, number: number] =>
  spawnTypes[processType] ?? ['daemon', 3];

/** Owner, umask and niceness, in launchd's order. */
export const identity = (view: JobView): string[] => [
  ...line('username', view.userName),
  ...line('group', view.groupName),
  ...(view.userName === undefined && view.groupName === undefined ? [] : ['']),
  ...(view.umask === undefined ? [] : line('umask', view.umask.toString(8))),
  ...line('nice', view.nice),
];

export const running = (view: JobView, more: Lines): string[] =>
  view.pid === 0
    ? []
    : [
        ...line('pid', view.pid),
        ...line('immediate reason', view.reason),
        '\tforks = 0',
        '\texecs = 1',
        '\tinitialized = 1',
        '\ttrampolined = 1',
        '\tstarted suspended = 0',
        '\tproxy started suspended = 0',
        ...more,
      ];

export const end = (lines: Lines): string => `${lines.join('\n')}\n`;
export const activeCount = ({ pid }: JobView): number => (pid > 0 ? 1 : 0);
