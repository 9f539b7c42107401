import { WosAbortController, WosAbortSignal } from './abort.ts';
import { structuredClone } from './clone.ts';
import { console } from './console.ts';
import { crypto } from './crypto.ts';
import { WosTextDecoder, WosTextEncoder } from './encoding.ts';
import { WosEvent, WosEventTarget } from './events.ts';
import { fetch, WosResponse } from './fetch.ts';
import { WosHeaders } from './headers.ts';
import { define } from './host.ts';
import { process } from './process.ts';
import timers from './timers-module.ts';
import { uncaught } from './uncaught.ts';
import { WosURL, WosURLSearchParams } from './url.ts';

const { promises: _, ...timerFunctions } = timers;
const microtask = globalThis.queueMicrotask;

function named(name: string, made: object): object {
  return Object.defineProperty(made, 'name', { value: name });
}

const constructors = {
  AbortController: WosAbortController,
  AbortSignal: WosAbortSignal,
  Event: WosEvent,
  EventTarget: WosEventTarget,
  Headers: WosHeaders,
  Response: WosResponse,
  TextDecoder: WosTextDecoder,
  TextEncoder: WosTextEncoder,
  URL: WosURL,
  URLSearchParams: WosURLSearchParams,
};

/** What a script finds, beside the language. */
export function installGlobals(): void {
  define({
    ...timerFunctions,
    ...Object.fromEntries(Object.entries(constructors).map(([name, made]) => [name, named(name, made)])),
    console,
    crypto,
    fetch,
    process,
    structuredClone,
    global: globalThis,
    queueMicrotask(callback: () => void) {
      if (typeof callback !== 'function')
        throw new TypeError('The "callback" argument must be of type function');
      microtask(() => {
        try {
          callback();
        } catch (error) {
          uncaught(error);
        }
      });
    },
  });
  // How @duende/core knows that it runs here.
  Object.defineProperty(globalThis, Symbol.for('duende.wos'), { value: Object.freeze({ version: 1 }) });
}
