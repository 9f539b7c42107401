/** One call that another process makes on its client. */
export interface Step {
  /** A method of PlatformAdapter; `logs` is collected into an array. */
  readonly method: string;
  /** JSON. `{ $result: n }` stands for the result of step n. */
  readonly args: readonly unknown[];
}

/** What starts a line on which the other process reports the result of a step. */
export const resultMark = '\u001e';

export interface OtherTask {
  readonly clientModule: string;
  readonly steps: readonly Step[];
}

export type StepResult =
  | { readonly value: unknown }
  | { readonly error: { message: string; code?: string; reason?: string; field?: string } };
