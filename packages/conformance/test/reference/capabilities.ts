import { type Capabilities, supported, unsupported } from '@duende/core';

const yes = supported('simulation');
const no = unsupported('the reference adapter does not simulate it');

/** Nearly everything, and some of each group that has a clause about refusing. */
export const referenceCapabilities: Capabilities = {
  signals: {
    TERM: yes,
    KILL: yes,
    INT: yes,
    QUIT: yes,
    HUP: yes,
    USR1: yes,
    USR2: yes,
    STOP: yes,
    CONT: yes,
  },
  restart: { never: yes, 'on-failure': yes, always: yes, 'unless-stopped': yes },
  readiness: { none: yes, notify: yes },
  health: { command: yes, http: yes, tcp: yes },
  resources: {
    memoryMax: yes,
    memorySwapMax: no,
    cpuQuota: yes,
    cpuWeight: no,
    ioReadBps: no,
    ioWriteBps: no,
    pidsMax: yes,
    openFilesMax: yes,
    lockMemory: no,
  },
  sandbox: { filesystem: no, network: no, capabilities: no, noNewPrivileges: no, seccomp: no },
  identity: { user: yes, group: yes },
  daemons: { program: yes, module: no },
  logs: { capture: yes, rotation: yes, exact: yes, bursts: yes },
  stats: ['cpuUsec', 'memoryBytes', 'memoryLimitBytes', 'pids', 'uptimeMs'],
  trace: yes,
  install: no,
  managerKill: yes,
  settings: ['priority'],
};

/** As little as an adapter can do: for the clauses about what is then refused. */
export const poorCapabilities: Capabilities = {
  ...referenceCapabilities,
  signals: { ...referenceCapabilities.signals, USR2: no, STOP: no, CONT: no },
  restart: { never: yes, 'on-failure': no, always: no, 'unless-stopped': no },
  backoff: no,
  restartLimit: no,
  readiness: { none: yes, notify: no },
  health: { command: no, http: no, tcp: no },
  resources: {
    ...referenceCapabilities.resources,
    memoryMax: no,
    cpuQuota: no,
    pidsMax: no,
    openFilesMax: no,
  },
  identity: { user: no, group: no },
  logs: { capture: yes, rotation: no, exact: yes, bursts: yes },
  stats: [],
  trace: no,
  managerKill: no,
  settings: [],
};
