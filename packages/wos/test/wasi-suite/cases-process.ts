import type { Cases } from './cases.ts';
import { errno, put, result, step, write } from './vocabulary.ts';

const clocks = { realtime: 0, monotonic: 1 } as const;
const resolution = (clock: number) => [
  step('clock_res_get', [clock, result.large], 0, { at: result.large, size: 8, is: 0, not: true }),
];
const time = (clock: number) => [
  step('clock_time_get', [clock, 0n, result.large], 0, { at: result.large, size: 8, is: 0, not: true }),
  step('clock_time_get', [clock, 0n, result.large + 8], 0, {
    at: result.large + 8,
    size: 8,
    is: 0,
    not: true,
  }),
];
const three = {
  args: ['first', "the 'second' arg", '3'],
  env: { a: 'text', b: 'escap " ing', c: 'new\nline' },
} as const;
const argumentText = three.args.map((each) => `${each}\0`).join('');
const environmentText = Object.entries(three.env)
  .map(([name, text]) => `${name}=${text}\0`)
  .join('');
const sizes = (call: string, count: number, size: number) =>
  step(call, [result.size, result.large], 0, { at: result.size, is: count }, { at: result.large, is: size });

/** What a process is given, clocks, chance and its end. */
export const processCases: Cases = {
  'args_get-multiple-arguments': {
    args: three.args,
    steps: [step('args_get', [result.other, result.buffer], 0, { at: result.buffer, is: argumentText })],
  },
  'args_sizes_get-multiple-arguments': {
    args: three.args,
    steps: [sizes('args_sizes_get', 3, argumentText.length)],
  },
  'args_sizes_get-no-arguments': { args: ['one'], steps: [sizes('args_sizes_get', 1, 4)] },
  'environ_get-multiple-variables': {
    env: three.env,
    steps: [
      step('environ_get', [result.other, result.buffer], 0, { at: result.buffer, is: environmentText }),
    ],
  },
  'environ_sizes_get-multiple-variables': {
    env: three.env,
    steps: [sizes('environ_sizes_get', 3, environmentText.length)],
  },
  'environ_sizes_get-no-variables': { steps: [sizes('environ_sizes_get', 0, 0)] },
  'fd_write-to-invalid-fd': [
    step('fd_write', [99, { buffers: [[result.buffer, 4]] }, result.size], errno.badf),
  ],
  'fd_write-to-stdout': {
    steps: [...put('hello', result.other), write(1, result.other, 5)],
    stdout: 'hello',
  },
  'proc_exit-failure': { steps: [step('sched_yield', [])], exitCode: 33 },
  'proc_exit-success': [step('sched_yield', [])],
  sched_yield: [step('sched_yield', [])],
  'random_get-non-zero-length': [
    step(
      'random_get',
      [result.buffer, 64],
      0,
      ...[0, 8, 56].map((at) => ({ at: result.buffer + at, size: 8, is: 0, not: true }) as const),
    ),
  ],
  'random_get-zero-length': [
    step('random_get', [result.buffer, 0], 0, { at: result.buffer, size: 8, is: 0 }),
  ],
  big_random_buf: [
    step(
      'random_get',
      [65_536, 65_536],
      0,
      { at: 65_536, size: 8, is: 0, not: true },
      { at: 131_064, size: 8, is: 0, not: true },
    ),
  ],
  'clock_getres-monotonic': resolution(clocks.monotonic),
  'clock_getres-realtime': resolution(clocks.realtime),
  'clock_gettime-monotonic': time(clocks.monotonic),
  'clock_gettime-realtime': time(clocks.realtime),
  clock_time_get: [
    ...time(clocks.monotonic),
    step('clock_time_get', [clocks.monotonic, 1_000_000_000n, result.large]),
  ],
  'sock_shutdown-invalid_fd': [step('sock_shutdown', [99, 1], errno.badf)],
  'sock_shutdown-not_sock': [step('sock_shutdown', [1, 1], errno.notsock)],
};
