export { ContainerdEngine, type ContainerdOptions, defaultContainerdAddress } from './containerd-engine.ts';
export type { HostFacts } from './host-facts.ts';
export { renderRuntimeSpec } from './runtime-spec.ts';
