/** `host:port`, `[v6]:port`; `*` for either part. */
export interface Address {
  readonly host: string;
  /** 0 is one that the system chooses. */
  readonly port: number;
}

export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.*_-]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) return undefined;
  return { host: (match[1] ?? match[2] ?? '').toLowerCase(), port };
}

const grantPattern = /^(?:\*|(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.*_-]+):(?:\*|\d{1,5}))$/;

/** Whether it can be a grant: `*`, `host:port`, `host:*`, `*:port`. */
export function isGrant(text: string): boolean {
  if (!grantPattern.test(text)) return false;
  const port = /:(\d+)$/.exec(text)?.[1];
  return port === undefined || Number(port) <= 65_535;
}

/** Whether one of the grants covers the address. Names are compared as they are written: a name is not what it resolves to. */
export function isGranted(grants: readonly string[], { host, port }: Address): boolean {
  return grants.some((grant) => {
    if (grant === '*') return true;
    const at = grant.lastIndexOf(':');
    const name = grant
      .slice(0, at)
      .replace(/^\[|\]$/g, '')
      .toLowerCase();
    return (
      (name === '*' || name === host) && (grant.slice(at + 1) === '*' || Number(grant.slice(at + 1)) === port)
    );
  });
}

/** Whether each address that one grant covers is covered by one of the others: then it can be handed on. */
export function covers(grants: readonly string[], wanted: string): boolean {
  const parts = (grant: string) => {
    if (grant === '*') return { host: '*', port: '*' };
    const at = grant.lastIndexOf(':');
    const host = grant
      .slice(0, at)
      .replace(/^\[|\]$/g, '')
      .toLowerCase();
    const port = grant.slice(at + 1);
    return { host, port: port === '*' ? port : String(Number(port)) };
  };
  const inner = parts(wanted);
  return grants
    .map(parts)
    .some(({ host, port }) => (host === '*' || host === inner.host) && (port === '*' || port === inner.port));
}
