import type { ProcessDocument } from '../protocol/documents.ts';
import { WosPaths } from './paths.ts';
import { describeRecord } from './record.ts';
import { RecordStore } from './record-store.ts';

/** The processes of kernels that do not run any more; changes nothing. What has no end was lost with its kernel. */
export function readFormer(stateDirectory: string): ProcessDocument[] {
  const store = new RecordStore(new WosPaths(stateDirectory).processes);
  return store.read().records.map((record) => {
    const isLost = record.exit === undefined;
    return describeRecord(isLost ? { ...record, lost: true } : record, store.log(record.id));
  });
}
