/** Names under `platform.wos`; settings.ts says what they mean, and a test that these are all. Here for who does not need zod. */
export const settingNames = [
  'capabilities',
  'preopens',
  'open',
  'priority',
  'isolation',
  'memoryMax',
  'cpuTime',
  'mailboxCount',
  'mailboxBytes',
] as const;
