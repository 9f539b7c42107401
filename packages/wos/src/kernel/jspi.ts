/** Whether this Node can suspend WebAssembly: JSPI, without a flag from Node 24 on. */
export function hasJspi(): boolean {
  return typeof WebAssembly.Suspending === 'function' && typeof WebAssembly.promising === 'function';
}

/** (module (func (export "") unreachable)) */
const trapModule = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 4, 1, 0, 0, 0, 10, 5, 1, 3, 0, 0, 11,
]);

function makeTrap(): WebAssembly.RuntimeError {
  try {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(trapModule));
    (instance.exports[''] as () => void)();
  } catch (error) {
    return error as WebAssembly.RuntimeError;
  }
  throw new Error('A WebAssembly trap did not trap');
}

/**
 * What a process is unwound with. A trap, since a module that handles exceptions could catch anything else (`catch_all`) and
 * go on; one for all, since its trace is of no use.
 */
export const unwind: WebAssembly.RuntimeError = makeTrap();
