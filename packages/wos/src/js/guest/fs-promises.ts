// What `node:fs/promises` is in a script: files are only read, below the directories that the process was given.
import { host, hostData } from './host.ts';

interface Problem {
  readonly code: string;
  readonly message: string;
}

/** @throws Error with Node's `code`: ENOENT, EACCES for what was not given, EISDIR, EFBIG over 64 MiB */
export async function readFile(
  path: unknown,
  options?: string | { encoding?: string | null } | null,
): Promise<string | Uint8Array> {
  const problem = hostData<Problem | null>('open', String(path));
  if (problem) {
    throw Object.assign(new Error(problem.message), {
      code: problem.code,
      path: String(path),
      syscall: 'open',
    });
  }
  const bytes = host('opened') as Uint8Array;
  const encoding = typeof options === 'string' ? options : options?.encoding;
  return encoding ? new TextDecoder(encoding).decode(bytes) : bytes;
}

export default { readFile };
