import type { Capabilities, Support } from '@duende/core/contract';

/** Names of what is supported in a group of capabilities. */
export function supportedNames(group: Readonly<Record<string, Support>>): string[] {
  return Object.entries(group)
    .filter(([, support]) => support.supported)
    .map(([name]) => name);
}

/** What an adapter can do, as the short cells of a table: the same words in `doctor` and in the README. */
export function summarizeCapabilities(can: Capabilities): { title: string; text: string }[] {
  const list = (group: Readonly<Record<string, Support>>) => {
    const names = supportedNames(group);
    if (names.length === 0) return 'none';
    return names.length === Object.keys(group).length && names.length > 3
      ? `all ${names.length}`
      : names.join(', ');
  };
  const yes = (support: Support) => (support.supported ? 'yes' : 'no');
  return [
    { title: 'signals', text: list(can.signals) },
    { title: 'restart', text: list(can.restart) },
    { title: 'readiness', text: list(can.readiness) },
    { title: 'health checks', text: list(can.health) },
    { title: 'limits', text: list(can.resources) },
    { title: 'sandbox', text: list(can.sandbox) },
    { title: 'trace', text: yes(can.trace) },
    { title: 'install', text: yes(can.install) },
  ];
}
