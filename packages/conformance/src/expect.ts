import { inspect, isDeepStrictEqual } from 'node:util';
import { PlatformError, type PlatformErrorCode, type PlatformErrorReason } from '@duende/core/contract';

/** The adapter broke the contract. */
export class ContractViolation extends Error {
  override readonly name = 'ContractViolation';
}

/** A value in a message: one line, at most 300 characters. */
export function show(value: unknown): string {
  const text = inspect(value, { depth: 4, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200 });
  return text.length > 300 ? `${text.slice(0, 297)}...` : text;
}

export function fail(message: string): never {
  throw new ContractViolation(message);
}

export function check(condition: boolean, message: string): asserts condition {
  if (!condition) fail(message);
}

export function equal(actual: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, expected)) fail(`${what}: expected ${show(expected)}, got ${show(actual)}`);
}

export interface Rejection {
  /** Any of these. */
  readonly code?: PlatformErrorCode | readonly PlatformErrorCode[];
  readonly reason?: PlatformErrorReason | readonly PlatformErrorReason[];
  /** `error.field` is this, or begins with it and a `.` or `[`. */
  readonly field?: string;
  /** The message or the hint has one of these. */
  readonly mentions?: readonly string[];
}

const fits = <T>(value: T, wanted: T | readonly T[] | undefined): boolean =>
  wanted === undefined || (Array.isArray(wanted) ? wanted.includes(value) : value === wanted);

function fieldFits(field: string | undefined, wanted: string): boolean {
  return (
    field === wanted || field?.startsWith(`${wanted}.`) === true || field?.startsWith(`${wanted}[`) === true
  );
}

/** The PlatformError that `promise` must reject with. */
export async function rejects(
  promise: Promise<unknown>,
  wanted: Rejection,
  what: string,
): Promise<PlatformError> {
  let error: unknown;
  try {
    const value = await promise;
    fail(`${what}: expected a rejection like ${show(wanted)}, but it resolved with ${show(value)}`);
  } catch (caught) {
    error = caught;
  }
  if (error instanceof ContractViolation) throw error;
  if (!PlatformError.isInstance(error)) fail(`${what}: expected a PlatformError, got ${show(error)}`);
  const got = `${error.code} / ${error.reason} / field ${error.field}: ${error.message}`;
  check(
    fits(error.code, wanted.code) && fits(error.reason, wanted.reason),
    `${what}: expected ${show(wanted)}, got ${got}`,
  );
  if (wanted.field !== undefined)
    check(fieldFits(error.field, wanted.field), `${what}: expected field ${wanted.field}, got ${got}`);
  if (wanted.mentions) {
    const text = `${error.message} ${error.hint ?? ''}`;
    check(
      wanted.mentions.some((part) => text.includes(part)),
      `${what}: expected a message that says one of ${show(wanted.mentions)}, got ${got}`,
    );
  }
  return error;
}
