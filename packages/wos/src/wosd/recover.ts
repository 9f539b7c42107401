import type { ProcessRecord } from './record.ts';
import type { RecordStore } from './record-store.ts';

/**
 * What former kernels left. Processes without an end were running when their kernel was killed: they are marked as lost, and
 * named once, in `lost`. What a spawn left that was not finished is removed.
 */
export function recover(store: RecordStore): { records: ProcessRecord[]; lost: ProcessRecord[] } {
  const { records, broken } = store.read();
  for (const id of broken) store.remove(id);
  const lost: ProcessRecord[] = [];
  const all = records.map((record) => {
    if (record.exit !== undefined || record.lost) return record;
    const marked = { ...record, lost: true as const, endedAt: new Date().toISOString() };
    store.write(marked);
    lost.push(marked);
    return marked;
  });
  return { records: all, lost };
}

/** One line for people; `undefined` when nothing was lost. */
export function tellLost(
  lost: readonly { readonly pid: number; readonly name: string }[],
): string | undefined {
  if (lost.length === 0) return undefined;
  const shown = lost.slice(0, 5).map(({ pid, name }) => `${name} (PID ${pid})`);
  const more = lost.length > shown.length ? ` and ${lost.length - shown.length} more` : '';
  return `The kernel before this one was killed. Lost: ${shown.join(', ')}${more}. See wos-ctl ps --all`;
}
