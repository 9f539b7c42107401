import type { Any } from './proto-files.ts';

/** The messages of containerd's API as proto-loader makes them: fields in camel case, enums by name, only what is used here. */

/** google.protobuf.Timestamp */
export interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface SnapshotMount {
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

export interface ContainerRecord {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly snapshotter: string;
  readonly snapshotKey: string;
  readonly extensions: Readonly<Record<string, Any>>;
}

export interface TaskRecord {
  readonly id: string;
  readonly containerId: string;
  readonly pid: number;
  readonly status: 'UNKNOWN' | 'CREATED' | 'RUNNING' | 'STOPPED' | 'PAUSED' | 'PAUSING';
  readonly exitStatus: number;
  readonly exitedAt: Timestamp | null;
}

/** ISO 8601; empty for none and for Go's zero time (the year 1). */
export function isoTime(time: Timestamp | null | undefined): string {
  if (!time || time.seconds <= 0) return '';
  return new Date(time.seconds * 1000 + Math.floor(time.nanos / 1e6)).toISOString();
}
