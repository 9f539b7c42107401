import { define, host, hostData, hostText } from './host.ts';

interface Facts {
  readonly pid: number;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

let begun = performance.now();

/** The part of Node's `process` that needs no Node. */
export const process = {
  pid: 0,
  platform: 'wos',
  argv: [] as readonly string[],
  env: {} as Record<string, string | undefined>,
  exitCode: undefined as number | undefined,
  versions: { quickjs: hostText('version') },
  uptime: () => (performance.now() - begun) / 1000,
  nextTick: (callback: (...values: unknown[]) => void, ...values: unknown[]) =>
    queueMicrotask(() => callback(...values)),
  exit: (code?: number) => void hostText('exit', Number(code ?? process.exitCode ?? 0)),
};

const randoms = new Float64Array(64);
let left = 0;

/** QuickJS's own would give each process the same numbers: they all begin with the same memory. */
function random(): number {
  if (left === 0) {
    const bits = new Uint32Array((host('random', randoms.length * 8) as Uint8Array).slice().buffer);
    for (let at = 0; at < randoms.length; at++) {
      randoms[at] = ((bits[2 * at] as number) * 2 ** 21 + ((bits[2 * at + 1] as number) >>> 11)) / 2 ** 53;
    }
    left = randoms.length;
  }
  return randoms[--left] as number;
}

/** What is of this process alone, and not of all that run the same script. */
export function beginProcess(): void {
  const { pid, args, env } = hostData<Facts>('facts');
  Object.assign(process, { pid, argv: args, env: { ...env } });
  begun = performance.now();
  define({ random }, Math);
}
