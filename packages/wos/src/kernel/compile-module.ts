import type { RewriteCache } from '../rewrite/cache.ts';
import { rewriteModule } from '../rewrite/rewrite-module.ts';

export interface CompileRequest {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly memoryMax: number;
}

export type CompileReply =
  | {
      readonly id: number;
      readonly module: WebAssembly.Module;
      readonly imports: readonly { readonly module: string; readonly name: string; readonly kind: string }[];
      readonly hasStart: boolean;
    }
  | { readonly id: number; readonly why: string };

/** Rewrites, or finds it rewritten, and compiles. */
export async function compileModule(
  { id, bytes, memoryMax }: CompileRequest,
  cache: RewriteCache | undefined,
): Promise<CompileReply> {
  try {
    const rewritten = cache ? await cache.get(bytes, { memoryMax }) : rewriteModule(bytes, { memoryMax });
    const module = new WebAssembly.Module(rewritten.bytes);
    return { id, module, imports: WebAssembly.Module.imports(module), hasStart: rewritten.hasStart };
  } catch (error) {
    return { id, why: (error as Error).message };
  }
}
