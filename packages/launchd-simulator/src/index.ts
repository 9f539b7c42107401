export { type Definition, toDefinition } from './definition.ts';
export { checkKeys, type KeyFindings } from './plist-keys.ts';
export { type PlistDict, type PlistValue, parsePlist } from './plist-parse.ts';
export { renderService } from './render/service.ts';
export type { Style } from './settings.ts';
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';
export type { JobView } from './view.ts';
export type { Rule, Violation } from './violations.ts';
