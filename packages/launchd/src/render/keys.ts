import { configError } from '@duende/core/contract';

/** A value of a property list, without data and dates, which no key of a job has. */
export type PlistValue = string | number | boolean | readonly PlistValue[] | PlistDict;
export interface PlistDict {
  readonly [key: string]: PlistValue;
}

type Shape =
  | 'string'
  | 'integer'
  | 'boolean'
  | 'strings'
  | 'dict'
  | 'array'
  | Record<'any' | string, 'boolean' | 'integer' | 'string'>;

const limits: Shape = {
  Core: 'integer',
  CPU: 'integer',
  Data: 'integer',
  FileSize: 'integer',
  MemoryLock: 'integer',
  NumberOfFiles: 'integer',
  NumberOfProcesses: 'integer',
  ResidentSetSize: 'integer',
  Stack: 'integer',
};

/** The keys of launchd.plist(5), macOS 11 to 15, and the types that it gives them. launchd itself ignores an unknown key or a wrong type. */
const keys: Readonly<Record<string, readonly Shape[]>> = {
  Label: ['string'],
  Disabled: ['boolean'],
  UserName: ['string'],
  GroupName: ['string'],
  inetdCompatibility: ['dict'],
  LimitLoadToHosts: ['strings'],
  LimitLoadFromHosts: ['strings'],
  LimitLoadToSessionType: ['string', 'strings'],
  LimitLoadToHardware: ['dict'],
  LimitLoadFromHardware: ['dict'],
  Program: ['string'],
  BundleProgram: ['string'],
  ProgramArguments: ['strings'],
  EnableGlobbing: ['boolean'],
  EnableTransactions: ['boolean'],
  EnablePressuredExit: ['boolean'],
  KeepAlive: ['boolean', 'dict'],
  RunAtLoad: ['boolean'],
  RootDirectory: ['string'],
  WorkingDirectory: ['string'],
  EnvironmentVariables: [{ any: 'string' }],
  Umask: ['integer', 'string'],
  TimeOut: ['integer'],
  ExitTimeOut: ['integer'],
  ThrottleInterval: ['integer'],
  InitGroups: ['boolean'],
  WatchPaths: ['strings'],
  QueueDirectories: ['strings'],
  StartOnMount: ['boolean'],
  StartInterval: ['integer'],
  StartCalendarInterval: ['dict', 'array'],
  StandardInPath: ['string'],
  StandardOutPath: ['string'],
  StandardErrorPath: ['string'],
  Debug: ['boolean'],
  WaitForDebugger: ['boolean'],
  SoftResourceLimits: [limits],
  HardResourceLimits: [limits],
  Nice: ['integer'],
  ProcessType: ['string'],
  AbandonProcessGroup: ['boolean'],
  LowPriorityIO: ['boolean'],
  LowPriorityBackgroundIO: ['boolean'],
  MaterializeDatalessFiles: ['boolean'],
  LaunchOnlyOnce: ['boolean'],
  MachServices: ['dict'],
  Sockets: ['dict'],
  LaunchEvents: ['dict'],
  SessionCreate: ['boolean'],
  LegacyTimers: ['boolean'],
  AssociatedBundleIdentifiers: ['string', 'strings'],
};

const keepAlive: Shape = {
  SuccessfulExit: 'boolean',
  NetworkState: 'boolean',
  Crashed: 'boolean',
  AfterInitialDemand: 'boolean',
};

const isDict = (value: PlistValue): value is PlistDict =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fits(value: PlistValue, shape: Shape): boolean {
  if (shape === 'integer') return Number.isSafeInteger(value);
  if (shape === 'strings') return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
  if (shape === 'array') return Array.isArray(value);
  if (shape === 'dict') return isDict(value);
  if (typeof shape === 'string') return typeof value === shape;
  if (!isDict(value)) return false;
  return Object.entries(value).every(([key, entry]) => {
    const type = shape.any ?? (Object.hasOwn(shape, key) ? shape[key] : undefined);
    return type !== undefined && fits(entry, type);
  });
}

const describeShape = (shape: Shape): string =>
  typeof shape === 'string' ? shape : `dict of ${Object.keys(shape).join(', ').replace('any', 'strings')}`;

/** XML 1.0, "Char": other characters cannot be written in it at all. */
const inexpressible = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

function checkText(value: PlistValue, path: string): void {
  if (typeof value === 'string') {
    if (inexpressible.test(value)) throw wrong(path, 'has a character that no XML property list can hold');
    return;
  }
  if (typeof value !== 'object') return;
  for (const [key, entry] of Object.entries(value)) {
    if (!Array.isArray(value)) checkText(key, path);
    checkText(entry as PlistValue, `${path}.${key}`);
  }
}

function wrong(path: string, why: string) {
  const field = `platform.launchd.plist.${path}`;
  return configError(`${field} ${why}`, {
    field,
    platform: 'macos',
    operation: 'spawn',
    hint: 'man launchd.plist lists the keys and their types',
  });
}

/** @throws PlatformError Config naming the key that launchd would ignore or refuse. */
export function checkKeys(dict: PlistDict): void {
  for (const [key, value] of Object.entries(dict)) {
    const shapes = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (shapes === undefined) throw wrong(key, 'is no key of launchd.plist(5)');
    if (!shapes.some((shape) => fits(value, shape))) {
      throw wrong(
        key,
        `: expected ${shapes.map(describeShape).join(' or ')}, got ${JSON.stringify(value)?.slice(0, 60)}`,
      );
    }
    checkText(value, key);
  }
  const { KeepAlive } = dict;
  if (KeepAlive === undefined || !isDict(KeepAlive)) return;
  const { PathState, OtherJobEnabled, ...simple } = KeepAlive;
  const ofBooleans: Shape = { any: 'boolean' };
  const isRight =
    fits(simple, keepAlive) &&
    [PathState, OtherJobEnabled].every((value) => value === undefined || fits(value, ofBooleans));
  if (!isRight)
    throw wrong('KeepAlive', 'has a condition that launchd.plist(5) does not know, or of another type');
}
