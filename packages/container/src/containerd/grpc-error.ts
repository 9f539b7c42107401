import { EngineError, type EngineErrorKind } from '../engine/engine-error.ts';

/** google.golang.org/grpc/codes */
export const codes = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unavailable: 14,
} as const;

const kinds: Readonly<Record<number, EngineErrorKind>> = {
  [codes.invalidArgument]: 'invalid',
  [codes.deadlineExceeded]: 'timeout',
  [codes.notFound]: 'not-found',
  [codes.alreadyExists]: 'conflict',
  [codes.permissionDenied]: 'denied',
  [codes.unavailable]: 'unreachable',
};

/** 0 when it is no answer of gRPC's. */
export function grpcCode(error: unknown): number {
  const inner = error instanceof EngineError ? error.cause : error;
  const { code } = (inner ?? {}) as { code?: unknown };
  return typeof code === 'number' ? code : 0;
}

/** `details` is what containerd said; gRPC's `message` has the code before it. */
export function toEngineError(error: unknown, address: string): EngineError {
  if (error instanceof EngineError) return error;
  const { details, message } = error as { details?: string; message?: string };
  const said = details || message || String(error);
  const code = grpcCode(error);
  if (/no space left on device/i.test(said)) return new EngineError('full', said, { cause: error });
  if (code === codes.unavailable) {
    const denied = /\b(EACCES|EPERM)\b/.test(said);
    return new EngineError(denied ? 'denied' : 'unreachable', `containerd at ${address}: ${said}`, {
      cause: error,
    });
  }
  return new EngineError(kinds[code] ?? 'engine', said, { cause: error });
}

const hasCode =
  (code: number) =>
  (error: unknown): boolean =>
    grpcCode(error) === code;

export const isNotFound = hasCode(codes.notFound);
export const isAlreadyThere = hasCode(codes.alreadyExists);
export const isUnavailable = hasCode(codes.unavailable);

/** For work that may have been done before: `undefined` when there is nothing to do it on. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** For work that may have been done before: false when it was. */
export async function unlessThere(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (isAlreadyThere(error)) return false;
    throw error;
  }
}
