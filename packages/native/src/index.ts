export { nativeCapabilities } from './capabilities.ts';
export { NativeAdapter, type NativeAdapterOptions } from './native-adapter.ts';
