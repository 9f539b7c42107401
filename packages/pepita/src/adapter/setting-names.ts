/** Names under `platform.pepita`; settings.ts says what they mean, and a test that these are all. Here for who does not need zod. */
export const settingNames = [
  'vmm',
  'vcpus',
  'memory',
  'kernel',
  'rootfs',
  'overlay',
  'files',
  'network',
  'ports',
  'vsockCid',
  'template',
] as const;
