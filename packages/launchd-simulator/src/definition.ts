import { LaunchError } from './errors.ts';
import { checkKeys } from './plist-keys.ts';
import type { PlistDict, PlistValue } from './plist-parse.ts';

export interface KeepAlive {
  /** `true`: always. */
  readonly always: boolean;
  readonly successfulExit?: boolean;
  readonly crashed?: boolean;
  readonly pathState: ReadonlyMap<string, boolean>;
  readonly otherJobEnabled: ReadonlyMap<string, boolean>;
  readonly afterInitialDemand: boolean;
}

/** A job as launchd keeps it in memory: the file is not read again until the next bootstrap. */
export interface Definition {
  readonly label: string;
  readonly disabled: boolean;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly inferredProgram: boolean;
  readonly runAtLoad: boolean;
  readonly keepAlive?: KeepAlive;
  readonly environment: ReadonlyMap<string, string>;
  readonly sessionTypes: readonly string[] | undefined;
  readonly text: (key: string) => string | undefined;
  readonly number: (key: string) => number | undefined;
  readonly flag: (key: string) => boolean;
  readonly limits: { readonly soft: ReadonlyMap<string, number>; readonly hard: ReadonlyMap<string, number> };
  readonly sockets: PlistDict | undefined;
  /** What launchd ignores without a word: for the violations. */
  readonly ignored: readonly string[];
}

const entries = (value: PlistValue | undefined): [string, PlistValue][] =>
  value?.type === 'dict' ? [...value.value] : [];
const booleans = (value: PlistValue | undefined): Map<string, boolean> =>
  new Map(entries(value).map(([key, one]) => [key, one.type === 'boolean' && one.value]));
const integers = (value: PlistValue | undefined): Map<string, number> =>
  new Map(entries(value).flatMap(([key, one]) => (one.type === 'integer' ? [[key, one.value]] : [])));
const strings = (value: PlistValue | undefined): string[] =>
  value?.type === 'array'
    ? value.value.map((one) => String(one.value))
    : value?.type === 'string'
      ? [value.value]
      : [];

function keepAliveOf(value: PlistValue | undefined): KeepAlive | undefined {
  if (value?.type === 'boolean') {
    if (!value.value) return undefined;
    return { always: true, pathState: new Map(), otherJobEnabled: new Map(), afterInitialDemand: false };
  }
  if (value?.type !== 'dict') return undefined;
  const flag = (key: string): boolean | undefined => {
    const one = value.value.get(key);
    return one?.type === 'boolean' ? one.value : undefined;
  };
  const successfulExit = flag('SuccessfulExit');
  const crashed = flag('Crashed');
  return {
    always: false,
    ...(successfulExit === undefined ? {} : { successfulExit }),
    ...(crashed === undefined ? {} : { crashed }),
    pathState: booleans(value.value.get('PathState')),
    otherJobEnabled: booleans(value.value.get('OtherJobEnabled')),
    afterInitialDemand: flag('AfterInitialDemand') ?? false,
  };
}

/** @throws LaunchError 109 (no dictionary, wrong types), 110 (no Label), 111 (no program). */
export function toDefinition(plist: PlistValue): Definition {
  if (plist.type !== 'dict') throw new LaunchError(109, `The plist is ${plist.type}, not a dictionary`);
  const dict = plist.value;
  const findings = checkKeys(dict);
  if (findings.errors.length > 0) throw new LaunchError(109, findings.errors.join('; '));
  const text = (key: string): string | undefined => {
    const value = dict.get(key);
    return value?.type === 'string' ? value.value : undefined;
  };
  const number = (key: string): number | undefined => {
    const value = dict.get(key);
    return value?.type === 'integer' ? value.value : undefined;
  };
  const flag = (key: string): boolean => {
    const value = dict.get(key);
    return value?.type === 'boolean' && value.value;
  };
  const label = text('Label') ?? '';
  if (label === '') throw new LaunchError(110);
  const given = strings(dict.get('ProgramArguments'));
  const program = text('Program') ?? given[0];
  // launchd.plist(5), Program and ProgramArguments: one of them is required.
  if (program === undefined || program === '') throw new LaunchError(111);
  const ignored = [...findings.ignored];
  const environment = new Map<string, string>();
  for (const [key, value] of entries(dict.get('EnvironmentVariables'))) {
    // launchd.plist(5), EnvironmentVariables: "Values other than strings will be ignored."
    if (value.type === 'string') environment.set(key, value.value);
    else ignored.push(`EnvironmentVariables / ${key} is no string`);
  }
  const keepAlive = keepAliveOf(dict.get('KeepAlive'));
  const sockets = dict.get('Sockets');
  const types = dict.get('LimitLoadToSessionType');
  return {
    label,
    disabled: flag('Disabled'),
    program,
    arguments: given.length > 0 ? given : [program],
    inferredProgram: text('Program') === undefined,
    // launchd.plist(5), KeepAlive / SuccessfulExit: "This key implies that RunAtLoad is set to true, since the job needs to run at
    // least once before an exit status can be determined." Crashed needs the same.
    runAtLoad:
      flag('RunAtLoad') ||
      // AfterInitialDemand: kept alive only after a first demand, so that it takes the implication away (guessed).
      (!keepAlive?.afterInitialDemand && (keepAlive?.successfulExit ?? keepAlive?.crashed) !== undefined),
    ...(keepAlive === undefined ? {} : { keepAlive }),
    environment,
    sessionTypes: types === undefined ? undefined : strings(types),
    text,
    number,
    flag,
    limits: {
      soft: integers(dict.get('SoftResourceLimits')),
      hard: integers(dict.get('HardResourceLimits')),
    },
    sockets: sockets?.type === 'dict' ? sockets.value : undefined,
    ignored,
  };
}
