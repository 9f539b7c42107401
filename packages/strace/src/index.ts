export { attachStrace } from './attach.ts';
export type { AttachOptions } from './attach-options.ts';
export { installHint } from './install-hint.ts';
export { type ParseOptions, parseStraceLine } from './parse-line.ts';
export { StraceParser, type StraceParserOptions } from './parser.ts';
export type * from './records.ts';
export { splitArguments } from './split-arguments.ts';
export { summarise, TraceCounter } from './summary.ts';
export { type StraceHandle, type TraceStreamOptions, traceStream } from './trace-stream.ts';
