/** What the engine gives a script: one function, with the name of what is asked for. It is taken away from other code at once. */
type HostCall = (operation: string, ...values: unknown[]) => unknown;

const key = '__wos_host';
const globals = globalThis as Record<string, unknown>;
const call = globals[key] as HostCall;
delete globals[key];

/** Asks the engine. @throws TypeError with what the engine says is wrong */
export function host(operation: string, ...values: unknown[]): unknown {
  const answer = call(operation, ...values);
  if (typeof answer === 'string' && answer.startsWith('!')) throw new TypeError(answer.slice(1));
  return answer;
}

/** For answers that are texts: the engine marks them, so that none is taken for an error. */
export function hostText(operation: string, ...values: unknown[]): string {
  return String(host(operation, ...values)).slice(1);
}

/** For answers of several parts. */
export function hostData<T>(operation: string, ...values: unknown[]): T {
  return JSON.parse(hostText(operation, ...values)) as T;
}

/** Adds globals as Node has them: they can be replaced, and do not show in loops. */
export function define(values: Readonly<Record<string, unknown>>, target: object = globalThis): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
  }
}
