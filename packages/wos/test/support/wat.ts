import binaryen from 'binaryen';

/** Imports in a form that V8 does not read yet; the types of binaryen do not have it. */
const compactImports = 1 << 26;
const features = binaryen.Features.All & ~compactImports;

/** Assembles the text format. Branches and blocks arrive as they are written: nothing is optimised. */
export function assemble(text: string): Uint8Array {
  const module = binaryen.parseText(text);
  try {
    module.setFeatures(features);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** The text of a module, without blank lines and the indentation of the whole. */
export function disassemble(bytes: Uint8Array): string {
  const module = binaryen.readBinary(bytes);
  try {
    return module.emitText();
  } finally {
    module.dispose();
  }
}
