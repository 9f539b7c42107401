export type { WosSettings } from './settings.ts';
export { WosAdapter, type WosAdapterOptions } from './wos-adapter.ts';
