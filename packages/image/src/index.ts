export { type BuildImageOptions, type BuiltImage, buildImage } from './build-image.ts';
export { type BundleOptions, bundleModule } from './bundle.ts';
export type {
  ContentEntry,
  DirectoryEntry,
  FileEntry,
  LayerName,
  SourceEntry,
  SymlinkEntry,
} from './entries.ts';
export type { FileIdentity } from './identity.ts';
export { keyLabel, type RuntimeConfig } from './image-config.ts';
export { type LayerOptions, type LayerResult, layerEntries, layerSize, writeLayer } from './layer.ts';
export { fileEntries, type ImagePlan, type PlanOptions } from './plan.ts';
export { bundlePath, type ModulePlan, type ModulePlanOptions, planModule } from './plan-module.ts';
export { type ProgramPlanOptions, planProgram } from './plan-program.ts';
export { type Account, daemonUser } from './skeleton.ts';
export { readSource } from './source.ts';
export type { Owner } from './tree.ts';
