/** Run as another user: prints the error of tracing the process that its argument names. */
import { PlatformError } from '@duende/core';
import { attachStrace } from '../src/index.ts';

try {
  const trace = await attachStrace({ pid: Number(process.argv[2]), platform: 'native' });
  await trace.detach();
  console.log(JSON.stringify({ attached: true }));
} catch (error) {
  if (!PlatformError.isInstance(error)) throw error;
  console.log(JSON.stringify(error));
}
