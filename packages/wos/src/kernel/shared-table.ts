/** States of a process, in the order of their numbers in the table. */
export const processStates = ['free', 'ready', 'running', 'sleeping', 'stopped', 'zombie'] as const;
export type ProcessState = Exclude<(typeof processStates)[number], 'free'>;

/** Fields of 32 bits. */
export const Word = {
  Pid: 0,
  State: 1,
  Priority: 2,
  /** Messages and bytes that wait in the mailbox, and how many may. */
  MailCount: 3,
  MailBytes: 4,
  MailCountMax: 5,
  MailBytesMax: 6,
  OpenFiles: 7,
  /** Linear memory, in bytes (up to 4 GiB, hence unsigned). */
  Memory: 8,
  Thread: 9,
  Parent: 10,
  /** The nearest process above it that has not ended. */
  Ancestor: 11,
} as const;

/** Fields of 64 bits: counters. */
export const Real = {
  CpuMilliseconds: 8,
  Calls: 9,
  /** Times it was interrupted because its slice was over. */
  Preemptions: 10,
} as const;

const slotBytes = 128;

/**
 * The process table: shared memory in which each kernel thread keeps what changes often, so that looking at processes costs them
 * nothing. A process is at its PID modulo the size.
 */
export class SharedTable {
  readonly buffer: SharedArrayBuffer;
  readonly size: number;
  readonly #words: Int32Array;
  readonly #reals: Float64Array;

  constructor(size: number, buffer = new SharedArrayBuffer(size * slotBytes)) {
    this.buffer = buffer;
    this.size = size;
    this.#words = new Int32Array(buffer);
    this.#reals = new Float64Array(buffer);
  }

  word(pid: number, field: number): number {
    return Atomics.load(this.#words, this.#word(pid, field));
  }

  setWord(pid: number, field: number, value: number): void {
    Atomics.store(this.#words, this.#word(pid, field), value);
  }

  /** Adds, and returns what it was before. */
  addWord(pid: number, field: number, value: number): number {
    return Atomics.add(this.#words, this.#word(pid, field), value);
  }

  real(pid: number, field: number): number {
    return this.#reals[this.#real(pid, field)] as number;
  }

  setReal(pid: number, field: number, value: number): void {
    this.#reals[this.#real(pid, field)] = value;
  }

  addReal(pid: number, field: number, value: number): void {
    (this.#reals[this.#real(pid, field)] as number) += value;
  }

  /** Whether the slot of this PID is this process's. */
  holds(pid: number): boolean {
    return this.word(pid, Word.Pid) === pid;
  }

  state(pid: number): ProcessState | 'free' {
    return processStates[this.word(pid, Word.State)] ?? 'free';
  }

  setState(pid: number, state: ProcessState): void {
    this.setWord(pid, Word.State, processStates.indexOf(state));
  }

  clear(pid: number): void {
    const slot = (pid % this.size) * slotBytes;
    this.#words.fill(0, slot / 4, (slot + slotBytes) / 4);
  }

  #word(pid: number, field: number): number {
    return (pid % this.size) * (slotBytes / 4) + field;
  }

  #real(pid: number, field: number): number {
    return (pid % this.size) * (slotBytes / 8) + field;
  }
}
