export { lookUpAccount, lookUpGroup, lookUpGroups } from './account-lookup.ts';
export { type BlockDevice, blockDevicePaths, blockDevices } from './block-devices.ts';
export { askSupervisor } from './control.ts';
export { encodeCreatedPage } from './created-page.ts';
export { isSupervised, statusOf } from './daemon-status.ts';
export { execError, isImpossiblePath } from './exec-error.ts';
export { encodeFrames, type Frame } from './frames.ts';
export { type HealthFrame, healthCommandFile, healthFrames, healthPort } from './health.ts';
export { type Account, type Identity, resolveAccount, resolveGroup, resolveIdentity } from './identity.ts';
export { type InitFrame, type InitInput, initFrames, initTags } from './init-config.ts';
export { type InitErrorOptions, initError } from './init-error.ts';
export { isOwnerAlive, type Owner, ownIdentity } from './owner.ts';
export { bootId, descendants, isAlive, type ProcessStat, readStat } from './process-info.ts';
export { parseCpuTime, parseProcess, parseStartTime, readStatByPs } from './process-info-ps.ts';
export { readLogFolder } from './read-log.ts';
export { defaultPath, findInPath, resolveProgram } from './resolve.ts';
export { openSocketPath } from './socket-path.ts';
export {
  decodeStatePage,
  type PageExit,
  type ProcessIdentity,
  readSpec,
  readStatePage,
  type StatePage,
  statePageSize,
} from './state-page.ts';
export { type Changes, watchChanges } from './watch.ts';
