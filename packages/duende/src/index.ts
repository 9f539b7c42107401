export * from '@duende/core';
export { summarizeCapabilities } from './capability-summary.ts';
export {
  type DoctorOptions,
  type DoctorReport,
  doctorReport,
  type PlatformReport,
  type StateFolderReport,
} from './doctor.ts';
export { type FormatDoctorOptions, formatDoctor } from './doctor-format.ts';
export { adapterRegistry, registeredPlatforms } from './registry.ts';
export { type Importer, type SelectAdapterOptions, selectAdapter } from './select-adapter.ts';
