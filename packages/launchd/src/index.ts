export type { Domain } from './domain.ts';
export { LaunchdAdapter, type LaunchdAdapterOptions } from './launchd-adapter.ts';
