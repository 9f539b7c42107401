export { execError, isImpossiblePath } from './exec-error.ts';
export { encodeFrames, type Frame } from './frames.ts';
export { type HealthFrame, healthCommandFile, healthFrames, healthPort } from './health.ts';
export { defaultPath, findInPath, resolveProgram } from './resolve.ts';
