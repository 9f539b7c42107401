/** Names under `platform.container`; settings.ts says what they mean, and a test that these are all. Here for who does not need zod. */
export const settingNames = [
  'image',
  'pull',
  'credentials',
  'network',
  'ports',
  'mounts',
  'tmpfs',
  'files',
  'hostConfig',
  'swarm',
] as const;
