import type { OptionSpec } from './option.ts';

/** An option that sets one field of the spec as it stands. */
export interface FieldOption extends OptionSpec {
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
