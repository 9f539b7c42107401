export { ContainerAdapter, type ContainerAdapterOptions } from './container-adapter.ts';
export type { PullProgress, Runtime } from './engine/engine.ts';
export type { ContainerSettings, SwarmSettings } from './settings.ts';
