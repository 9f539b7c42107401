export { type RequestOptions, WosClient } from './client.ts';
export type { DaemonDocument, DaemonStatsDocument } from './daemon-documents.ts';
export type { DaemonSettings } from './daemon-settings.ts';
export type { ExitDocument, KernelDocument, ProcessDocument, TraceDocument } from './documents.ts';
export type { RequestName, RequestParams, RequestResult } from './requests.ts';
export { protocolVersion } from './version.ts';
