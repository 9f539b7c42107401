import type { PullProgress, RegistryCredentials } from '../engine/engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import type { Connection, Response } from './connection.ts';
import { responseError } from './errors.ts';

/** One line of the progress that a pull or a load tells, `jsonmessage` of Docker. */
interface Progress {
  readonly status?: string;
  readonly id?: string;
  readonly progress?: string;
  readonly error?: string;
  readonly stream?: string;
}

/** Reads the progress to its end: a failure is told in it, after a status of 200. */
async function readProgress(response: Response, progress?: PullProgress): Promise<void> {
  let rest = '';
  const decoder = new TextDecoder();
  const take = (line: string): void => {
    if (line.trim() === '') return;
    let step: Progress;
    try {
      step = JSON.parse(line) as Progress;
    } catch {
      return;
    }
    if (step.error !== undefined) throw responseError(200, JSON.stringify({ message: step.error }));
    const text = [step.id, step.status ?? step.stream?.trim(), step.progress].filter(Boolean).join(' ');
    if (text) progress?.(text);
  };
  try {
    for await (const chunk of response.body) {
      rest += decoder.decode(chunk as Buffer, { stream: true });
      const lines = rest.split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    }
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError('unreachable', 'the connection broke in the middle', { cause });
  }
  take(rest);
}

/** `POST /images/load`. @throws EngineError */
export async function loadImage(connection: Connection, archive: () => AsyncIterable<Buffer>): Promise<void> {
  const query = { quiet: true };
  const response = await connection.request('/images/load', {
    method: 'POST',
    query,
    stream: archive(),
    timeout: 0,
  });
  await readProgress(response);
}

/** `name[:tag][@digest]`: without a tag every tag would be pulled. */
export function splitReference(reference: string): { fromImage: string; tag: string } {
  if (reference.includes('@')) return { fromImage: reference, tag: '' };
  const colon = reference.lastIndexOf(':');
  if (colon > reference.lastIndexOf('/'))
    return { fromImage: reference.slice(0, colon), tag: reference.slice(colon + 1) };
  return { fromImage: reference, tag: 'latest' };
}

/** base64url **with** its padding: without it engines take the header for none (Docker Engine API, "Authentication"). */
export function registryAuth(credentials: RegistryCredentials | undefined): Record<string, string> {
  if (credentials === undefined) return {};
  const json = JSON.stringify({
    username: credentials.username,
    password: credentials.password,
    identitytoken: credentials.identityToken,
    serveraddress: credentials.server,
  });
  const text = Buffer.from(json).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  return { 'x-registry-auth': text };
}

/** `POST /images/create`. @throws EngineError with the engine's own message */
export async function pullImage(
  connection: Connection,
  reference: string,
  credentials?: RegistryCredentials,
  progress?: PullProgress,
): Promise<void> {
  const { fromImage, tag } = splitReference(reference);
  const response = await connection.request('/images/create', {
    method: 'POST',
    query: { fromImage, ...(tag && { tag }) },
    headers: registryAuth(credentials),
    timeout: 0,
  });
  await readProgress(response, progress);
}
