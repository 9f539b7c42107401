import { resolve } from 'node:path';
import type { Platform } from '@duende/core/contract';
import { type Arguments, quote } from './arguments.ts';
import { domainOption, engineOptions, type OptionSpec } from './option.ts';
import type { SpecDraft } from './spec-draft.ts';
import { usageError } from './usage.ts';

/** What of `platform.container` has an option of its own; the rest is set with --set. */
export const containerOptions: readonly OptionSpec[] = [
  {
    name: 'image',
    value: 'IMAGE',
    help: 'container: of a registry or of the engine; without it one is made of CMD and what CMD needs',
  },
  {
    name: 'network',
    value: 'NETWORK',
    kind: 'network',
    help: 'container: none, host, bridge or a network of the engine; bridge with --publish, else none without it',
  },
  {
    name: 'publish',
    value: '[ADDRESS:]HOST:CONTAINER[/udp]',
    multiple: true,
    help: 'container: a port of this machine (of 127.0.0.1 without ADDRESS) that leads to one of the container',
  },
  {
    name: 'mount',
    value: 'SOURCE[:TARGET][:ro]',
    kind: 'file',
    multiple: true,
    help: 'container: a file or folder of this machine in it, at the same path without TARGET',
  },
  {
    name: 'pull',
    value: 'WHEN',
    kind: 'pull',
    help: 'container: whether to ask the registry for --image: missing, always or never; missing without it',
  },
];

/** Options that only one platform has. */
const owners: readonly [platform: Platform, title: string, names: readonly string[]][] = [
  ['container', 'containers', [...engineOptions, ...containerOptions].map(({ name }) => name)],
  ['macos', 'macos (launchd)', [domainOption.name]],
];

/**
 * An option of one platform means that platform where nothing else was said.
 * @throws PlatformError Config when something else was said
 */
export function platformOfOptions(
  args: Arguments,
  said: { readonly platform: Platform | undefined; readonly by: string },
): Platform | undefined {
  let { platform } = said;
  let { by } = said;
  for (const [owner, title, names] of owners) {
    const given = names.find((name) => args.has(name));
    if (given === undefined || platform === owner) continue;
    if (platform !== undefined) {
      throw usageError(
        `--${given} is for ${title}, and ${by} is ${platform}`,
        `Leave it out, or give --platform ${owner}`,
      );
    }
    platform = owner;
    by = `--${given}`;
  }
  return platform;
}

/** Puts them into the spec, whose own ports and mounts stay. */
export function setContainer(draft: SpecDraft, args: Arguments, cwd: string): void {
  for (const name of ['image', 'network', 'pull']) {
    const text = args.text(name);
    if (text !== undefined) draft.set(['platform', 'container', name], text, `--${name}`);
  }
  append(draft, 'ports', args.list('publish').map(readPublish), '--publish');
  const mounts = args.list('mount').map((text) => readMount(text, cwd));
  append(draft, 'mounts', mounts, '--mount');
}

function append(draft: SpecDraft, field: string, values: readonly object[], option: string): void {
  if (values.length === 0) return;
  const { container } = (draft.spec.platform ?? {}) as { container?: Record<string, unknown> };
  const there = container?.[field] ?? [];
  if (!Array.isArray(there)) throw usageError(`${option}: platform.container.${field} is not an array`);
  draft.set(['platform', 'container', field], [...there, ...values], option);
}

/** `[ADDRESS:]HOST:CONTAINER[/PROTOCOL]`, an IPv6 address in brackets. */
export function readPublish(text: string): object {
  const match = /^(?:(\[[\da-fA-F:.]+\]|[^:[\]]+):)?(\d{1,5}):(\d{1,5})(?:\/(tcp|udp))?$/.exec(text);
  const [, address, host, container, protocol] = match ?? [];
  const ports = [Number(host), Number(container)];
  if (!match || !ports.every((port) => port >= 1 && port <= 65_535)) {
    throw usageError(
      `--publish: expected [ADDRESS:]HOST:CONTAINER[/udp] such as "8080:80", got ${quote(text)}`,
    );
  }
  return {
    container: ports[1],
    host: ports[0],
    ...(address === undefined ? {} : { address: address.replace(/^\[(.*)\]$/, '$1') }),
    ...(protocol === undefined ? {} : { protocol }),
  };
}

/** `SOURCE[:TARGET][:ro]`; SOURCE relative to the current folder when it begins with a dot. */
export function readMount(text: string, cwd: string): object {
  const parts = text.split(':');
  const mode = ['ro', 'rw'].includes(parts.at(-1) ?? '') && parts.length > 1 ? parts.pop() : undefined;
  const [source = '', target, ...rest] = parts;
  if (rest.length > 0 || (target !== undefined && !target.startsWith('/'))) {
    const hint = 'A path with a colon goes into --set platform.container.mounts=JSON';
    throw usageError(`--mount: expected SOURCE[:TARGET][:ro], got ${quote(text)}`, hint);
  }
  // `data:/data` is a volume of the engine to whoever knows docker -v.
  if (!/^(\/|\.\.?(\/|$))/.test(source)) {
    throw usageError(
      `--mount: expected a path that begins with / or ./, got ${quote(text)}`,
      `A volume of the engine: --set platform.container.hostConfig.Binds='["NAME:/PATH"]'`,
    );
  }
  return {
    source: resolve(cwd, source),
    ...(target === undefined ? {} : { target }),
    ...(mode === 'ro' ? { readOnly: true } : {}),
  };
}
