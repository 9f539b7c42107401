import { afterAll, beforeAll } from 'vitest';
import { type BootOptions, Kernel, type ProcessExit, type SpawnOptions } from '../../src/kernel/index.ts';
import { program } from './programs.ts';

export interface Run {
  readonly exit: ProcessExit;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process whose output is gathered. */
export class Running {
  readonly kernel: Kernel;
  readonly pid: number;
  readonly #output: { stdout: Buffer[]; stderr: Buffer[] };

  constructor(kernel: Kernel, pid: number, output: { stdout: Buffer[]; stderr: Buffer[] }) {
    this.kernel = kernel;
    this.pid = pid;
    this.#output = output;
  }

  get stdout(): string {
    return Buffer.concat(this.#output.stdout).toString();
  }

  get stderr(): string {
    return Buffer.concat(this.#output.stderr).toString();
  }

  /** Resolves when stdout holds the text. */
  async says(text: string): Promise<void> {
    await until(
      `${this.pid} says ${JSON.stringify(text)}`,
      () => this.stdout.includes(text),
      () => this.stdout + this.stderr,
    );
  }

  /** Resolves when it waits in a system call: a signal that comes before would not interrupt it. */
  async waits(): Promise<void> {
    await until(`${this.pid} waits`, () => this.kernel.status(this.pid).state === 'sleeping');
  }

  async end(): Promise<Run> {
    const exit = await this.kernel.wait(this.pid);
    return { exit, stdout: this.stdout, stderr: this.stderr };
  }
}

/** Waits for something that no event tells. */
export async function until(
  what: string,
  holds: () => boolean,
  seen: () => string = () => '',
): Promise<void> {
  for (const end = Date.now() + 10_000; !holds(); ) {
    if (Date.now() > end) throw new Error(`Never: ${what}; ${seen()}`);
    await sleep(2);
  }
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((done) => setTimeout(done, milliseconds));

export class TestKernel {
  #kernel: Kernel | undefined;

  get kernel(): Kernel {
    if (this.#kernel === undefined) throw new Error('The kernel is not booted yet');
    return this.#kernel;
  }

  async boot(options: BootOptions): Promise<void> {
    this.#kernel = await Kernel.boot(options);
  }

  /** Starts test/programs/NAME.c. */
  async start(name: string, args: string[], options: Partial<SpawnOptions> = {}): Promise<Running> {
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const pid = await this.kernel.spawn({
      name,
      module: program(name),
      args: [name, ...args],
      stdout: (bytes) => void output.stdout.push(Buffer.from(bytes)),
      stderr: (bytes) => void output.stderr.push(Buffer.from(bytes)),
      ...options,
    });
    return new Running(this.kernel, pid, output);
  }

  async run(name: string, args: string[], options: Partial<SpawnOptions> = {}): Promise<Run> {
    return (await this.start(name, args, options)).end();
  }
}

/** A kernel for the tests of a block. */
export function useKernel(options: BootOptions = { threads: 1 }): TestKernel {
  const test = new TestKernel();
  beforeAll(() => test.boot(options));
  afterAll(() => test.kernel.shutdown({ timeout: 100 }));
  return test;
}
