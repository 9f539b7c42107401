import { PlatformError } from '@duende/core/contract';

/** Each takes some seconds. */
const tries = 4;

/** Again when a supervisor has not answered in time: on a busy machine it will, and to stop or remove twice does no harm. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = tries; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (left === 1 || !PlatformError.isInstance(error) || error.reason !== 'timeout') throw error;
    }
  }
}
