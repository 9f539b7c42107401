import { configError, PlatformError } from '@duende/core/contract';
import type { Packing } from './packing.ts';
import { packProgram } from './program-files.ts';

/** The same error about another field of the spec than `program`. */
function underField(error: unknown, field: string): unknown {
  if (!PlatformError.isInstance(error) || error.field !== 'program') return error;
  const { code, reason, platform, operation, hint, cause } = error;
  // Messages that begin with the field name it; the others name the file.
  const message = error.message.replace(/^program: /, `${field}: `);
  return new PlatformError(code, message, { reason, platform, operation, hint, cause, field });
}

/**
 * Packs programs besides the main one, each with what it needs to be executed.
 * @throws PlatformError as `packProgram`, with `field` as its field.
 */
export async function packPrograms(
  programs: readonly string[],
  field: string,
  packing: Packing,
): Promise<void> {
  for (const program of programs) {
    requireAbsolute(program, field, packing);
    try {
      await packProgram(program, 'daemon', packing);
    } catch (error) {
      throw underField(error, field);
    }
  }
}

/** @throws PlatformError Config: what a relative path means in an image nobody has said. */
export function requireAbsolute(
  program: string,
  field: string,
  { platform }: Pick<Packing, 'platform'>,
): void {
  if (program.startsWith('/')) return;
  throw configError(`${field}: ${program} is no absolute path`, { platform, operation: 'spawn', field });
}
