import { type SharedTable, Word } from './shared-table.ts';

export interface Message {
  /** PID of the sender; 0 is the host. */
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** What waits for a process. Its quota is kept in the table, where senders on other threads see it. */
export class Mailbox {
  readonly #table: SharedTable;
  readonly #pid: number;
  #messages: Message[] = [];
  #first = 0;
  #waiting: (() => void) | undefined;

  constructor(table: SharedTable, pid: number) {
    this.#table = table;
    this.#pid = pid;
  }

  put(message: Message): void {
    this.#messages.push(message);
    this.#waiting?.();
  }

  peek(): Message | undefined {
    return this.#messages[this.#first];
  }

  /** Removes the first, and gives its room free. */
  take(): void {
    const message = this.#messages[this.#first++];
    if (message) releaseMail(this.#table, this.#pid, message.bytes.length);
    if (this.#first === this.#messages.length || this.#first > 1024) {
      this.#messages = this.#messages.slice(this.#first);
      this.#first = 0;
    }
  }

  watch(ready: () => void): () => void {
    this.#waiting = ready;
    return () => {
      this.#waiting = undefined;
    };
  }
}

/**
 * Takes room in the mailbox of a process, on whatever thread it is. A message must be put into it, or the room given free.
 * @returns `full` when it does not fit now, `too-big` when it never will, `gone` when there is no such process
 */
export function reserveMail(
  table: SharedTable,
  pid: number,
  bytes: number,
): 'ok' | 'full' | 'too-big' | 'gone' {
  const state = table.state(pid);
  if (!table.holds(pid) || state === 'zombie' || state === 'free') return 'gone';
  if (bytes > table.word(pid, Word.MailBytesMax)) return 'too-big';
  const count = table.addWord(pid, Word.MailCount, 1);
  const before = table.addWord(pid, Word.MailBytes, bytes);
  if (count < table.word(pid, Word.MailCountMax) && before + bytes <= table.word(pid, Word.MailBytesMax))
    return 'ok';
  releaseMail(table, pid, bytes);
  return 'full';
}

export function releaseMail(table: SharedTable, pid: number, bytes: number, count = 1): void {
  table.addWord(pid, Word.MailCount, -count);
  table.addWord(pid, Word.MailBytes, -bytes);
}
