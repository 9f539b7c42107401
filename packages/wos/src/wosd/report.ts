import { closeSync, writeSync } from 'node:fs';
import * as z from 'zod/mini';
import { errorDocument, kernelDocument } from '../protocol/documents.ts';
import { reportDescriptor } from './launch.ts';

export const reportSchema = z.union([
  z.object({ lost: kernelDocument.shape.lost }),
  z.object({ error: errorDocument }),
]);
export type Report = z.output<typeof reportSchema>;

let isDone = false;

/** Once. Does nothing where there is no such descriptor, or nobody listens any more. */
export function report(value: Report): void {
  // The number may be another file's by now.
  if (isDone) return;
  isDone = true;
  try {
    writeSync(reportDescriptor, `${JSON.stringify(value)}\n`);
    closeSync(reportDescriptor);
  } catch {
    // The kernel runs all the same.
  }
}
