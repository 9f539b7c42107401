import * as z from 'zod/mini';
import { errorDocument } from './documents.ts';

/** The first message of either side. Other versions may have more fields: only these two are looked at. */
export const hello = z.object({ type: z.literal('hello'), protocol: z.literal('wos'), version: z.int() });

const id = z.int().check(z.gte(1));

export const clientMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('request'), id, name: z.string(), params: z.unknown() }),
  /** Ends what goes on for a request; it is still answered. */
  z.strictObject({ type: z.literal('cancel'), id }),
]);
export type ClientMessage = z.output<typeof clientMessage>;

export const kernelMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('result'), id, value: z.unknown() }),
  z.object({ type: z.literal('event'), id, value: z.unknown() }),
  z.object({ type: z.literal('error'), id, error: errorDocument }),
  /** Should the connection end now, this is why. */
  z.object({ type: z.literal('ending'), error: errorDocument }),
  /** The last one: the connection ends, and why. */
  z.object({ type: z.literal('bye'), error: errorDocument }),
]);
export type KernelMessage = z.output<typeof kernelMessage>;
