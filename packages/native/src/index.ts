export { nativeCapabilities } from './capabilities.ts';
export { NativeAdapter, type NativeAdapterOptions } from './native-adapter.ts';
export type { SupervisorKind } from './supervisor-command.ts';
