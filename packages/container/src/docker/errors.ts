import { EngineError, type EngineErrorKind } from '../engine/engine-error.ts';

/** Why nothing came back at all. */
export function connectionError(cause: unknown, address: string): EngineError {
  if (cause instanceof EngineError) return cause;
  const error = cause as NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] };
  if (error.name === 'AbortError') return new EngineError('timeout', 'given up', { cause });
  const code = error.code ?? error.errors?.[0]?.code ?? '';
  if (code === 'EACCES' || code === 'EPERM') {
    return new EngineError('denied', `permission denied on ${address}`, { cause });
  }
  if (code === 'ENOENT') return new EngineError('unreachable', `there is no ${address}`, { cause });
  if (code === 'ECONNREFUSED')
    return new EngineError('unreachable', `nothing answers at ${address}`, { cause });
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'ETIMEDOUT') {
    return new EngineError('timeout', `no answer from ${address}`, { cause });
  }
  return new EngineError('unreachable', `the connection to ${address} broke: ${error.message || code}`, {
    cause,
  });
}

/** The message of an engine, one line. */
function messageOf(body: string): string {
  let text = body;
  try {
    const parsed = JSON.parse(body) as { message?: string; cause?: string };
    text = parsed.message ?? body;
  } catch {
    // Not every answer is JSON: then it is told as it is.
  }
  return text
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .slice(0, 500);
}

const byStatus: Readonly<Record<number, EngineErrorKind>> = {
  304: 'not-running',
  400: 'invalid',
  401: 'denied',
  403: 'denied',
  404: 'not-found',
  409: 'conflict',
};

/** An answer that says no. Podman says many things with 500 for which Docker has a number. */
export function responseError(status: number, body: string): EngineError {
  const message = messageOf(body) || `status ${status}`;
  let kind = byStatus[status] ?? 'engine';
  if (/no space left on device|disk quota exceeded/i.test(message)) kind = 'full';
  else if (
    /no such image|image not known|unable to find image|manifest unknown|repository .* not found/i.test(
      message,
    )
  )
    kind = 'no-image';
  else if (/no such container|no container with name or id/i.test(message)) kind = 'not-found';
  else if (
    /is not running|container state improper|can only kill running|is not paused|already paused/i.test(
      message,
    )
  )
    kind = 'not-running';
  else if (/name .* is (already )?in use|already in use by/i.test(message)) kind = 'conflict';
  return new EngineError(kind, message);
}
