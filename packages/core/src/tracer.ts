/** One system call (or WASI call) of a traced daemon. */
export interface TraceEvent {
  /** ISO 8601 with microseconds: when the call began. */
  readonly time: string;
  readonly pid: number;
  readonly call: string;
  /** As the tracer prints them, one string an argument. */
  readonly args: readonly string[];
  /** What it returned, as printed: `3`, `-1`, `0x7f...`, `?`. */
  readonly result: string;
  /** `ENOENT` and the like, when it failed. */
  readonly error?: string;
  /** Seconds. */
  readonly duration: number;
}

export interface TraceSummary {
  readonly calls: Readonly<
    Record<string, { readonly count: number; readonly errors: number; readonly seconds: number }>
  >;
  readonly total: number;
}

export interface TracerOptions {
  /** Only these calls (`openat`, `%network`). */
  readonly calls?: readonly string[];
  /** Ends the trace. */
  readonly signal?: AbortSignal;
}

/** A running trace: an async iterable of calls that ends with `detach()` or with the daemon. */
export interface TracerHandle extends AsyncIterable<TraceEvent> {
  /** Counts per call so far. */
  summary(): TraceSummary;
  /** Ends the trace and leaves the daemon running. Idempotent. */
  detach(): Promise<void>;
}
