export * from './adapter/index.ts';
export * from './js/index.ts';
export * from './kernel/index.ts';
export * from './protocol/index.ts';
export { RewriteCache } from './rewrite/cache.ts';
export { RewriteError, type RewriteErrorCode } from './rewrite/rewrite-error.ts';
export { type RewriteOptions, type RewrittenModule, rewriteModule } from './rewrite/rewrite-module.ts';
export * from './wosd/index.ts';
