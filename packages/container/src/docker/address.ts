import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { configError } from '@duende/core/contract';

/** Where an engine's HTTP API is, and what a TLS connection to it needs. */
export type ApiAddress =
  | { readonly kind: 'unix'; readonly path: string; readonly text: string }
  | { readonly kind: 'tcp'; readonly url: string; readonly tls?: TlsFiles; readonly text: string };

export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly verify: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const refuse = (text: string, why: string, hint: string): never => {
  throw configError(`host: ${JSON.stringify(text.slice(0, 100))}: ${why}`, {
    field: 'host',
    platform: 'container',
    operation: 'probe',
    hint,
  });
};

function readOptional(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined;
}

function tlsOf(folder: string, verify: boolean): TlsFiles {
  const ca = readOptional(join(folder, 'ca.pem'));
  const cert = readOptional(join(folder, 'cert.pem'));
  const key = readOptional(join(folder, 'key.pem'));
  return { verify, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/**
 * Reads `unix:///path`, `tcp://host:port`, `http://` or `https://`.
 * @throws PlatformError Config / invalid-setting for anything else.
 */
export function parseAddress(text: string, tls?: TlsFiles): ApiAddress {
  const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === 'unix' && rest.startsWith('/')) return { kind: 'unix', path: rest, text };
  if (scheme === 'ssh') {
    return refuse(
      text,
      'an engine over ssh is not supported',
      'Forward its socket (ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST), and give unix:///tmp/docker.sock',
    );
  }
  if (['tcp', 'http', 'https'].includes(scheme) && URL.canParse(`http://${rest}`)) {
    const secure = tls !== undefined || scheme === 'https';
    const url = `${secure ? 'https' : 'http'}://${rest.replace(/\/+$/, '')}`;
    return secure ? { kind: 'tcp', url, tls: tls ?? { verify: true }, text } : { kind: 'tcp', url, text };
  }
  return refuse(
    text,
    'expected unix:///path or tcp://host:port',
    'As in DOCKER_HOST=unix:///var/run/docker.sock',
  );
}

/** Where the docker command has its configuration, and TLS files that have no place of their own. */
const configFolder = (env: Environment): string =>
  env.DOCKER_CONFIG || join(env.HOME ?? homedir(), '.docker');

/** $DOCKER_HOST with $DOCKER_TLS_VERIFY and $DOCKER_CERT_PATH, as the docker command reads them. */
function fromEnvironment(env: Environment): ApiAddress | undefined {
  const host = env.DOCKER_HOST;
  if (!host) return undefined;
  const secure = Boolean(env.DOCKER_TLS_VERIFY || env.DOCKER_TLS);
  const folder = env.DOCKER_CERT_PATH || configFolder(env);
  return parseAddress(host, secure ? tlsOf(folder, Boolean(env.DOCKER_TLS_VERIFY)) : undefined);
}

interface ContextMeta {
  readonly Endpoints?: { readonly docker?: { readonly Host?: string; readonly SkipTLSVerify?: boolean } };
}

/** The context that `docker context use` or $DOCKER_CONTEXT has chosen; its folder is named by the SHA-256 of its name. */
function fromContext(env: Environment): ApiAddress | undefined {
  const folder = configFolder(env);
  let name = env.DOCKER_CONTEXT;
  if (!name) {
    try {
      name = (JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as { currentContext?: string })
        .currentContext;
    } catch {
      // No configuration is the default context.
    }
  }
  if (!name || name === 'default') return undefined;
  const id = createHash('sha256').update(name).digest('hex');
  let meta: ContextMeta;
  try {
    meta = JSON.parse(readFileSync(join(folder, 'contexts', 'meta', id, 'meta.json'), 'utf8')) as ContextMeta;
  } catch (cause) {
    throw configError(`The Docker context ${JSON.stringify(name)} cannot be read`, {
      field: 'host',
      platform: 'container',
      operation: 'probe',
      hint: 'docker context ls lists them; docker context use default goes back to the local engine',
      cause,
    });
  }
  const { Host: host = '', SkipTLSVerify: skip = false } = meta.Endpoints?.docker ?? {};
  const tls = join(folder, 'contexts', 'tls', id, 'docker');
  return parseAddress(host, existsSync(tls) ? tlsOf(tls, !skip) : undefined);
}

const unix = (path: string): ApiAddress => ({ kind: 'unix', path, text: `unix://${path}` });

/** Where Docker may be, the likeliest first: what was chosen, else the machine's engine, else the user's own. */
export function dockerAddresses(env: Environment = process.env): ApiAddress[] {
  const chosen = fromEnvironment(env) ?? fromContext(env);
  if (chosen) return [chosen];
  const runtime = env.XDG_RUNTIME_DIR;
  const home = env.HOME ?? homedir();
  const paths = ['/var/run/docker.sock', ...(runtime ? [join(runtime, 'docker.sock')] : [])];
  if (process.platform === 'darwin')
    paths.push(join(home, '.docker/run/docker.sock'), join(home, '.colima/default/docker.sock'));
  return paths.map(unix);
}

/** Where Podman's service may be: $CONTAINER_HOST, else the user's own, else the machine's. */
export function podmanAddresses(env: Environment = process.env): ApiAddress[] {
  if (env.CONTAINER_HOST) return [parseAddress(env.CONTAINER_HOST)];
  const runtime = env.XDG_RUNTIME_DIR;
  const system = '/run/podman/podman.sock';
  const own = runtime ? [join(runtime, 'podman/podman.sock')] : [];
  return (process.getuid?.() === 0 ? [system, ...own] : [...own, system]).map(unix);
}
