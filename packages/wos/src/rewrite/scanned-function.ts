/** What the body of a function holds. */
export interface ScannedFunction {
  /** The first byte of the groups of local variables, of the first instruction, and after the last one (`end`). */
  readonly groups: number;
  readonly code: number;
  readonly end: number;
  /** Groups of local variables as declared, and how many those are together. */
  readonly localGroups: number;
  readonly locals: number;
  readonly firstMark: number;
  readonly lastMark: number;
  /** Instructions outside of loops that are charged: never less than are run. */
  readonly count: number;
  /** Estimate of how many of them are run. */
  readonly cost: number;
  readonly facts: Readonly<FunctionFacts>;
}

export interface FunctionFacts {
  /** Marks where the entry may be charged instead of at the first instruction. */
  entries: number;
  hasLoop: boolean;
  hasRecursiveLoop: boolean;
  hasBulk: boolean;
  growsMemory: boolean;
  /** It has handlers of exceptions. */
  hasHandler: boolean;
  /** Something that is caught, whatever it is, goes to the function's end. */
  catchesAtEnd: boolean;
}

export const noFacts: Readonly<FunctionFacts> = {
  entries: 0,
  hasLoop: false,
  hasRecursiveLoop: false,
  hasBulk: false,
  growsMemory: false,
  hasHandler: false,
  catchesAtEnd: false,
};
