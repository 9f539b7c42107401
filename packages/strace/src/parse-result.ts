export interface CallResult {
  readonly result: string;
  readonly error?: string;
  readonly detail?: string;
  readonly duration: number;
}

// `-1 ENOENT (No such file) (INJECTED) <0.000012>`, `0x8402 (flags O_RDWR)`, `3</tmp/x> <0.1>`, `? ERESTARTSYS (...)`,
// `-1 (errno 530)`, `? <unavailable>`
const shape =
  /^(?<result>\?|-?(?:0x[0-9a-f]+|\d+)(?:<.*>)?)(?: (?<error>E[A-Z0-9_]+))?(?: \((?<detail>.*)\))?(?: <unavailable>)?$/;
const durationAtEnd = /\s*<(\d+\.\d+)>$/;

/** Reads what follows `= `; `undefined` when it is no result. */
export function parseResult(text: string): CallResult | undefined {
  const timed = durationAtEnd.exec(text);
  const body = (timed ? text.slice(0, timed.index) : text).trim();
  const groups = shape.exec(body)?.groups;
  if (groups?.result === undefined) return undefined;
  const { result, detail } = groups;
  const unknown = result === '-1' ? /^errno \d+/.exec(detail ?? '')?.[0] : undefined;
  const error = groups.error ?? unknown;
  return {
    result,
    ...(error === undefined ? {} : { error }),
    ...(detail === undefined ? {} : { detail }),
    duration: timed ? Number(timed[1]) : 0,
  };
}
