// What `node:timers` is in a script.
import { clear, setImmediate, setInterval, setTimeout } from './timers.ts';
import promises from './timers-promises.ts';

export { promises, setImmediate, setInterval, setTimeout };
export const clearTimeout = clear;
export const clearInterval = clear;
export const clearImmediate = clear;

export default {
  setTimeout,
  setInterval,
  setImmediate,
  clearTimeout,
  clearInterval,
  clearImmediate,
  promises,
};
