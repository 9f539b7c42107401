export { drainJournal } from './drain.ts';
export type { JournalQuery } from './query.ts';
export { type JournalOptions, readJournal } from './read-journal.ts';
export { userIdOf } from './user-id.ts';
