import { type OptionSpec, platformOption } from './option.ts';

/** An option that sets one field of the spec as it stands. */
interface FieldOption extends OptionSpec {
  readonly value: string;
  readonly path: readonly [string, ...string[]];
  readonly as?: 'number';
}

/** What `spawn` and `install` copy into the spec; the schema checks it again. */
export const fieldOptions: readonly FieldOption[] = [
  { name: 'group', value: 'GROUP', path: ['group'], help: 'Run as this group' },
  { name: 'user', short: 'u', value: 'USER', path: ['user'], help: 'Run as this user' },
  {
    name: 'restart-delay',
    value: 'DURATION',
    kind: 'duration',
    path: ['restart', 'delay'],
    help: 'Before the first restart; 100ms without it',
  },
  {
    name: 'restart-factor',
    value: 'NUMBER',
    kind: 'number',
    as: 'number',
    path: ['restart', 'factor'],
    help: 'Each further delay is the last one times this; 2 without it',
  },
  {
    name: 'restart-max-delay',
    value: 'DURATION',
    kind: 'duration',
    path: ['restart', 'maxDelay'],
    help: 'The longest delay; 30s without it',
  },
  {
    name: 'restart-window',
    value: 'DURATION',
    kind: 'duration',
    path: ['restart', 'window'],
    help: 'Time in which the limit of restarts counts; 1m without it',
  },
  {
    name: 'stop-signal',
    value: 'SIGNAL',
    kind: 'signal',
    path: ['stopSignal'],
    help: 'What asks it to end; TERM without it',
  },
  {
    name: 'stop-timeout',
    value: 'DURATION',
    kind: 'duration',
    path: ['stopTimeout'],
    help: 'Between that and the kill; 10s without it',
  },
  {
    name: 'start-timeout',
    value: 'DURATION',
    kind: 'duration',
    path: ['startTimeout'],
    help: 'How long it may take to be ready; 30s without it',
  },
  {
    name: 'readiness',
    value: 'HOW',
    kind: 'readiness',
    path: ['readiness'],
    help: 'notify: it says so itself (sd_notify); none: it is ready when it was executed',
  },
  {
    name: 'memory',
    short: 'm',
    value: 'SIZE',
    kind: 'size',
    path: ['resources', 'memoryMax'],
    help: 'Memory that it and all it starts may use',
  },
  {
    name: 'cpu',
    value: 'PERCENT',
    kind: 'cpu',
    path: ['resources', 'cpuQuota'],
    help: 'Processor time, 100% being one whole processor',
  },
  {
    name: 'pids',
    value: 'COUNT',
    kind: 'count',
    as: 'number',
    path: ['resources', 'pidsMax'],
    help: 'Processes and threads',
  },
  {
    name: 'open-files',
    value: 'COUNT',
    kind: 'count',
    as: 'number',
    path: ['resources', 'openFilesMax'],
    help: 'Open files of each process',
  },
  {
    name: 'log-max-size',
    value: 'SIZE',
    kind: 'size',
    path: ['logs', 'maxSize'],
    help: 'Of one log file before it is rotated; 10M without it',
  },
  {
    name: 'log-files',
    value: 'COUNT',
    kind: 'count',
    as: 'number',
    path: ['logs', 'files'],
    help: 'Rotated log files that are kept; 5 without it',
  },
];

/** When to ask a health check; with one of --health-http, --health-tcp and --health-command. */
export const healthTimingOptions: readonly FieldOption[] = [
  {
    name: 'health-interval',
    value: 'DURATION',
    kind: 'duration',
    path: ['health', 'interval'],
    help: 'Between two checks; 10s without it',
  },
  {
    name: 'health-timeout',
    value: 'DURATION',
    kind: 'duration',
    path: ['health', 'timeout'],
    help: 'How long a check may take; 5s without it',
  },
  {
    name: 'health-retries',
    value: 'COUNT',
    kind: 'count',
    as: 'number',
    path: ['health', 'retries'],
    help: 'Failed checks in a row that make it unhealthy; 3 without it',
  },
  {
    name: 'health-start-period',
    value: 'DURATION',
    kind: 'duration',
    path: ['health', 'startPeriod'],
    help: 'Failures before this time has passed do not count; 0 without it',
  },
];

export const healthKindOptions: readonly OptionSpec[] = [
  { name: 'health-http', value: 'URL', help: 'Healthy when a GET answers with a status from 200 to 399' },
  { name: 'health-tcp', value: 'HOST:PORT', kind: 'hostPort', help: 'Healthy when it accepts a connection' },
  {
    name: 'health-command',
    value: 'COMMAND',
    help: 'Healthy when it exits 0: words with "quotes" and \'quotes\', or a JSON array; no shell',
  },
];

export const spawnOptions: readonly OptionSpec[] = [
  {
    name: 'name',
    short: 'n',
    value: 'NAME',
    help: 'Its name; for a module, the name of its file without it',
  },
  { ...platformOption, help: 'Where to run it; $DUENDE_PLATFORM without it, else the detected platform' },
  {
    name: 'module',
    value: 'FILE',
    kind: 'file',
    help: 'A module whose default export is defineDaemon({ ... })',
  },
  { name: 'config', value: 'JSON', help: 'Configuration of the module' },
  {
    name: 'config-file',
    value: 'FILE',
    kind: 'file',
    help: 'Configuration of the module, as a JSON file; - is stdin',
  },
  {
    name: 'spec',
    value: 'FILE',
    kind: 'file',
    help: 'A whole spec as a JSON file, - being stdin; other options win over it',
  },
  {
    name: 'env',
    short: 'e',
    value: 'K=V',
    multiple: true,
    help: 'Set a variable; K alone takes the value it has here',
  },
  {
    name: 'env-from',
    value: 'FILE',
    kind: 'file',
    multiple: true,
    help: 'Variables as K=V lines; --env wins over it',
  },
  {
    // Node reads this option from the command line of every program it runs (v26, src/node_dotenv.cc): a missing file
    // is its error, and the variables get into duende's own environment too.
    name: 'env-file',
    value: 'FILE',
    kind: 'file',
    multiple: true,
    help: 'As --env-from; Node itself reads this one too, so duende gets those variables as well',
  },
  { name: 'cwd', short: 'C', value: 'FOLDER', kind: 'folder', help: 'Its working folder' },
  {
    name: 'restart',
    short: 'r',
    value: 'POLICY[:MAX]',
    kind: 'restart',
    help: 'never, on-failure, always or unless-stopped, and after how many restarts to give up; never without it',
  },
  ...fieldOptions,
  ...healthKindOptions,
  ...healthTimingOptions,
  { name: 'label', short: 'l', value: 'K=V', kind: 'pair', multiple: true, help: 'A label' },
  {
    name: 'set',
    value: 'PATH=JSON',
    kind: 'pair',
    multiple: true,
    help: 'Any other field of the spec: --set platform.container.image=\'"alpine"\'',
  },
];

export const spawnDetails: readonly string[] = [
  'Resolves when the program was executed, or, with --readiness notify, when it is ready.',
  'Its environment is what --env and --env-from give, and not that of this shell.',
  'CMD without a slash is looked up in PATH here; on a container, pepita or wos it is taken as it is. Relative paths are those of the current folder, in a --spec file those of its folder.',
];
