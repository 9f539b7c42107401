import type { Definition } from './definition.ts';
import type { EnvironmentParts } from './environment.ts';
import type { Job } from './job.ts';
import type { Exit } from './keep-alive.ts';
import type { Launchd } from './launchd.ts';
import { umaskOf } from './spawn-job.ts';
import type { DomainKind } from './target.ts';

/** All that the renderers show of a job: plain data, so that they are pure. */
export interface JobView {
  readonly label: string;
  readonly domain: { readonly name: string; readonly kind: DomainKind; readonly asid: number };
  readonly path: string;
  readonly state: string;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string | undefined;
  readonly stdin: string | undefined;
  readonly stdout: string | undefined;
  readonly stderr: string | undefined;
  readonly inherited: EnvironmentParts['inherited'];
  readonly defaults: EnvironmentParts['defaults'];
  readonly own: EnvironmentParts['own'];
  readonly userName: string | undefined;
  readonly groupName: string | undefined;
  readonly umask: number | undefined;
  readonly nice: number | undefined;
  readonly minimumRuntime: number;
  readonly exitTimeout: number;
  readonly runs: number;
  readonly crashes: number;
  readonly pid: number;
  readonly reason: string;
  readonly lastExit: Exit;
  readonly semaphores: readonly (readonly [name: string, wanted: boolean])[];
  readonly processType: string;
  readonly softLimits: ReadonlyMap<string, number>;
  readonly hardLimits: ReadonlyMap<string, number>;
  readonly jobState: 'running' | 'exited' | 'spawn failed' | undefined;
  /** Of `properties`, in launchd's order. */
  readonly properties: readonly string[];
  readonly onDemand: boolean;
  readonly sockets: readonly string[];
}

/** Order and names: the strings of launchd, in public transcripts. */
function propertiesOf(definition: Definition): string[] {
  const all: [string, boolean][] = [
    ['keepalive', definition.keepAlive?.always ?? false],
    ['runatload', definition.flag('RunAtLoad')],
    ['low priority i/o', definition.flag('LowPriorityIO')],
    ['low priority background i/o', definition.flag('LowPriorityBackgroundIO')],
    ['abandon process group', definition.flag('AbandonProcessGroup')],
    ['launch only once', definition.flag('LaunchOnlyOnce')],
    ['inferred program', definition.inferredProgram],
  ];
  return all.filter(([, holds]) => holds).map(([name]) => name);
}

function semaphoresOf({ keepAlive }: Definition): (readonly [string, boolean])[] {
  if (!keepAlive || keepAlive.always) return [];
  return [
    ...(keepAlive.successfulExit === undefined
      ? []
      : [['successful exit', keepAlive.successfulExit] as const]),
    ...(keepAlive.crashed === undefined ? [] : [['crashed', keepAlive.crashed] as const]),
    ...[...keepAlive.pathState].map(([path, wanted]) => [`path state: ${path}`, wanted] as const),
    ...[...keepAlive.otherJobEnabled].map(([label, wanted]) => [`job enabled: ${label}`, wanted] as const),
  ];
}

function jobStateOf(job: Job): JobView['jobState'] {
  if (job.phase === 'running') return 'running';
  if (job.lastExit.kind === 'code' && job.lastExit.spawnFailed) return 'spawn failed';
  return job.lastExit.kind === 'never' ? undefined : 'exited';
}

export function viewOf(launchd: Launchd, job: Job): JobView {
  const { definition } = job;
  const domain = launchd.domains.get(job.domain);
  const environment = launchd.environment(job);
  return {
    label: definition.label,
    domain: { name: job.domain, kind: domain?.kind ?? 'system', asid: domain?.asid ?? 0 },
    path: job.path,
    state: job.state,
    program: definition.program,
    arguments: definition.arguments,
    workingDirectory: definition.text('WorkingDirectory'),
    stdin: definition.text('StandardInPath'),
    stdout: definition.text('StandardOutPath'),
    stderr: definition.text('StandardErrorPath'),
    inherited: environment.inherited,
    defaults: environment.defaults,
    own: environment.own,
    userName: definition.text('UserName'),
    groupName: definition.text('GroupName'),
    umask:
      definition.text('Umask') === undefined && definition.number('Umask') === undefined
        ? undefined
        : umaskOf(definition),
    nice: definition.number('Nice'),
    minimumRuntime: job.throttle,
    exitTimeout: job.exitTimeout,
    runs: job.runs,
    crashes: job.crashes,
    pid: job.pid,
    reason: job.reason,
    lastExit: job.lastExit,
    semaphores: semaphoresOf(definition),
    processType: definition.text('ProcessType') ?? '',
    softLimits: definition.limits.soft,
    hardLimits: definition.limits.hard,
    jobState: jobStateOf(job),
    properties: propertiesOf(definition),
    onDemand: !(definition.keepAlive?.always ?? false),
    sockets: [...(definition.sockets?.keys() ?? [])],
  };
}
