export type { Scope } from './scope.ts';
export { SystemdAdapter, type SystemdAdapterOptions } from './systemd-adapter.ts';
