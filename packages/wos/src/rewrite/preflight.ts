import { RewriteError } from './rewrite-error.ts';

/** Bytes of the largest module that is taken: a Python for WASI has 26 MB. */
export const mostModuleBytes = 128 * 1024 * 1024;

const magic = [0x00, 0x61, 0x73, 0x6d];

/**
 * Only what the engine itself finds valid is read further, so that the reader may rely on types and structure.
 * @throws RewriteError too-large; invalid: what the engine says about it; unsupported: a component
 */
export function preflight(bytes: Uint8Array): void {
  if (bytes.length > mostModuleBytes) {
    throw new RewriteError(
      'too-large',
      `The module has ${bytes.length} bytes, more than the ${mostModuleBytes} that are taken`,
    );
  }
  if (magic.some((byte, index) => bytes[index] !== byte)) {
    throw new RewriteError('invalid', 'The file is no WebAssembly module: it does not begin with \\0asm');
  }
  if (bytes[4] !== 1 && bytes[6] === 1) {
    throw new RewriteError(
      'unsupported',
      'The file is a component, which WOS processes are not: build a module for wasm32-wasi (preview 1)',
    );
  }
  if (isValid(bytes)) return;
  throw new RewriteError('invalid', `The file is no valid WebAssembly module: ${whyInvalid(bytes)}`);
}

export const isValid = (bytes: Uint8Array): boolean => WebAssembly.validate(bytes);

/** What the engine has against a module that is not valid. */
export function whyInvalid(bytes: Uint8Array): string {
  try {
    new WebAssembly.Module(bytes);
    return 'the engine refuses it';
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return text.replace('WebAssembly.Module(): ', '');
  }
}
