import type { ContainerPlan, ContainerState } from '../src/engine/engine.ts';

/** The least that a container can be. */
export const plainPlan: ContainerPlan = {
  name: 'duende-web',
  image: 'web:1',
  labels: {},
  argv: ['/run/duende-init'],
  env: {},
  mounts: [],
  tmpfs: [],
  readOnlyRoot: false,
  network: 'none',
  ports: [],
  noNewPrivileges: false,
  limits: {},
  stopSignal: 'SIGTERM',
  stopTimeoutMs: 10_000,
  log: { maxSize: 1000, files: 5 },
  restart: 'no',
};

/** A container that runs. */
export const runningState: ContainerState = {
  id: 'c0ffee'.padEnd(64, '0'),
  name: 'duende-web',
  labels: {},
  image: 'web:1',
  state: 'running',
  pid: 0,
  exitCode: 0,
  oomKilled: false,
  startedAt: '',
  finishedAt: '',
  error: '',
};
