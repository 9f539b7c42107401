import type { ContainerState } from '../engine/engine.ts';

/** Of `GET /containers/{id}/json`, what is read here. */
export interface Inspected {
  readonly Id: string;
  readonly Name?: string;
  readonly Image?: string;
  readonly State?: {
    readonly Status?: string;
    readonly Pid?: number;
    readonly ExitCode?: number;
    readonly OOMKilled?: boolean;
    readonly StartedAt?: string;
    readonly FinishedAt?: string;
    readonly Error?: string;
  };
  readonly Config?: { readonly Labels?: Record<string, string> | null; readonly Image?: string };
}

/** Of `GET /containers/json`. */
export interface Listed {
  readonly Id: string;
  readonly Names?: readonly string[];
  readonly Image?: string;
  readonly State?: string;
  readonly Labels?: Record<string, string> | null;
}

const states: Readonly<Record<string, ContainerState['state']>> = {
  created: 'created',
  configured: 'created',
  initialized: 'created',
  running: 'running',
  paused: 'paused',
  restarting: 'restarting',
  removing: 'removing',
  stopping: 'running',
  stopped: 'exited',
  exited: 'exited',
  dead: 'dead',
};

/** Engines write the year 1 for never. */
const timeOf = (text: string | undefined): string =>
  text && !text.startsWith('0001-') ? new Date(text).toISOString() : '';

const bare = (name: string | undefined): string => (name ?? '').replace(/^\//, '');

export function stateOf({ Id, Name, Image, State = {}, Config = {} }: Inspected): ContainerState {
  return {
    id: Id,
    name: bare(Name),
    labels: Config.Labels ?? {},
    image: Config.Image ?? Image ?? '',
    state: states[State.Status ?? ''] ?? 'dead',
    pid: State.Pid ?? 0,
    exitCode: State.ExitCode ?? 0,
    oomKilled: State.OOMKilled ?? false,
    startedAt: timeOf(State.StartedAt),
    finishedAt: timeOf(State.FinishedAt),
    error: State.Error ?? '',
  };
}

export function stateOfListed({ Id, Names, Image, State, Labels }: Listed): ContainerState {
  return {
    id: Id,
    name: bare(Names?.[0]),
    labels: Labels ?? {},
    image: Image ?? '',
    state: states[State ?? ''] ?? 'dead',
    pid: 0,
    exitCode: 0,
    oomKilled: false,
    startedAt: '',
    finishedAt: '',
    error: '',
  };
}
