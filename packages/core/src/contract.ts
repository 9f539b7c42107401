/** Everything that handling daemons needs, without the spec schema: no dependency, quick to load. */
export * from './adapter.ts';
export * from './capabilities.ts';
export * from './detect.ts';
export * from './duration.ts';
export * from './enforce.ts';
export * from './error.ts';
export * from './handle.ts';
export * from './module-command.ts';
export * from './name.ts';
export * from './platform.ts';
export * from './signal.ts';
export * from './size.ts';
export type * from './spec-types.ts';
export * from './state-dir.ts';
export * from './status.ts';
export * from './tracer.ts';
