export * from './contract.ts';
export * from './define.ts';
export * from './spec.ts';
export { maxPathBytes, maxStringBytes, nameSchema } from './spec-fields.ts';
export { type HealthSpec, healthSchema } from './spec-health.ts';
