import type { PlistDict, PlistValue } from './plist-parse.ts';

type Shape = 'string' | 'integer' | 'boolean' | 'strings' | 'dict' | 'any' | readonly Shape[];

/** Every key of launchd.plist(5) of macOS 11 to 15 with the type that the page gives it. */
const keys: Readonly<Record<string, Shape>> = {
  Label: 'string',
  Disabled: 'boolean',
  UserName: 'string',
  GroupName: 'string',
  inetdCompatibility: 'dict',
  LimitLoadToHosts: 'strings',
  LimitLoadFromHosts: 'strings',
  LimitLoadToSessionType: ['string', 'strings'],
  LimitLoadToHardware: 'dict',
  LimitLoadFromHardware: 'dict',
  Program: 'string',
  BundleProgram: 'string',
  ProgramArguments: 'strings',
  EnableGlobbing: 'boolean',
  EnableTransactions: 'boolean',
  EnablePressuredExit: 'boolean',
  OnDemand: 'boolean',
  ServiceIPC: 'boolean',
  KeepAlive: ['boolean', 'dict'],
  RunAtLoad: 'boolean',
  RootDirectory: 'string',
  WorkingDirectory: 'string',
  EnvironmentVariables: 'dict',
  Umask: ['integer', 'string'],
  TimeOut: 'integer',
  ExitTimeOut: 'integer',
  ThrottleInterval: 'integer',
  InitGroups: 'boolean',
  WatchPaths: 'strings',
  QueueDirectories: 'strings',
  StartOnMount: 'boolean',
  StartInterval: 'integer',
  StartCalendarInterval: ['dict', 'any'],
  StandardInPath: 'string',
  StandardOutPath: 'string',
  StandardErrorPath: 'string',
  Debug: 'boolean',
  WaitForDebugger: 'boolean',
  SoftResourceLimits: 'dict',
  HardResourceLimits: 'dict',
  Nice: 'integer',
  ProcessType: 'string',
  AbandonProcessGroup: 'boolean',
  LowPriorityIO: 'boolean',
  LowPriorityBackgroundIO: 'boolean',
  MaterializeDatalessFiles: 'boolean',
  LaunchOnlyOnce: 'boolean',
  MachServices: 'dict',
  Sockets: 'dict',
  LaunchEvents: 'dict',
  SessionCreate: 'boolean',
  LegacyTimers: 'boolean',
  AssociatedBundleIdentifiers: ['string', 'strings'],
};

const keepAliveKeys: Readonly<Record<string, Shape>> = {
  SuccessfulExit: 'boolean',
  NetworkState: 'boolean',
  PathState: 'dict',
  OtherJobEnabled: 'dict',
  Crashed: 'boolean',
  AfterInitialDemand: 'boolean',
};

/** launchd.plist(5), SoftResourceLimits: all integers. */
const limitKeys = [
  'Core',
  'CPU',
  'Data',
  'FileSize',
  'MemoryLock',
  'NumberOfFiles',
  'NumberOfProcesses',
  'ResidentSetSize',
  'Stack',
];
const limits: Readonly<Record<string, Shape>> = Object.fromEntries(limitKeys.map((key) => [key, 'integer']));

function fits(value: PlistValue, shape: Shape): boolean {
  if (typeof shape !== 'string') return shape.some((one) => fits(value, one));
  if (shape === 'any') return true;
  if (shape === 'strings')
    return value.type === 'array' && value.value.every(({ type }) => type === 'string');
  return value.type === shape;
}

export interface KeyFindings {
  /** Wrong types: the plist is refused. */
  readonly errors: readonly string[];
  /** What launchd ignores without a word. */
  readonly ignored: readonly string[];
}

function checkAgainst(dict: PlistDict, table: Readonly<Record<string, Shape>>, at: string): KeyFindings {
  const errors: string[] = [];
  const ignored: string[] = [];
  for (const [key, value] of dict) {
    const shape = Object.hasOwn(table, key) ? table[key] : undefined;
    if (shape === undefined) ignored.push(`${at}${key} is no key of launchd.plist(5)`);
    else if (!fits(value, shape))
      errors.push(`${at}${key} is ${value.type}, launchd.plist(5) asks for ${JSON.stringify(shape)}`);
  }
  return { errors, ignored };
}

/**
 * The keys of a job against the page. Stricter than launchd, which takes some wrong types for absent: a key that is ignored on one
 * version is what an adapter must not depend on.
 */
export function checkKeys(dict: PlistDict): KeyFindings {
  const found = [checkAgainst(dict, keys, '')];
  const inner: [string, Readonly<Record<string, Shape>>][] = [
    ['KeepAlive', keepAliveKeys],
    ['SoftResourceLimits', limits],
    ['HardResourceLimits', limits],
  ];
  for (const [key, table] of inner) {
    const value = dict.get(key);
    if (value?.type === 'dict') found.push(checkAgainst(value.value, table, `${key} / `));
  }
  return { errors: found.flatMap(({ errors }) => errors), ignored: found.flatMap(({ ignored }) => ignored) };
}
