import type { Domain, Launchd } from '../launchd.ts';
import { viewOf } from '../view.ts';

const storeOf = ({ kind, uid }: Domain): string => (kind === 'system' ? 'system' : `${uid}`);

/** `=> true` (disabled) or `=> false` on older versions, words on newer ones; which version changed it is not known for certain. */
function overrideLines(launchd: Launchd, domain: Domain, indent: string): string[] {
  const words = launchd.settings.style === '11' ? ['true', 'false'] : ['disabled', 'enabled'];
  return [
    `${indent}disabled services = {`,
    ...launchd.overrides
      .entries(storeOf(domain))
      .map(([label, disabled]) => `${indent}\t"${label}" => ${disabled ? words[0] : words[1]}`),
    `${indent}}`,
  ];
}

/** `print-disabled`: only what enable or disable was ever said of. Indented on newer versions (public transcripts). */
export const renderDisabled = (launchd: Launchd, domain: Domain): string =>
  `${overrideLines(launchd, domain, launchd.settings.style === '11' ? '' : '\t').join('\n')}\n`;

/** `print DOMAIN`: a small part of the real one, in its order. In the table of services the last column but one is the last exit. */
export function renderDomain(launchd: Launchd, domain: Domain): string {
  const views = [...domain.jobs.values()].map((job) => viewOf(launchd, job));
  const type = { system: 'system', user: 'user', gui: 'login' }[domain.kind];
  const rows = views.map(({ pid, label, lastExit: exit }) => {
    const status = exit.kind === 'never' ? '-' : exit.kind === 'code' ? `${exit.code}` : `-${exit.signal}`;
    return `\t\t${`${pid}`.padStart(8)} ${status.padStart(6)} \t${label}`;
  });
  return `${[
    `${domain.name} = {`,
    `\ttype = ${type}`,
    `\thandle = ${domain.kind === 'gui' ? domain.asid : domain.uid}`,
    `\tactive count = ${views.length + 1}`,
    '\ton-demand count = 0',
    `\tservice count = ${views.length}`,
    `\tactive service count = ${views.filter(({ pid }) => pid > 0).length}`,
    ...(domain.kind === 'gui' ? ['\tcreator = loginwindow[100]', '\tsession = Aqua'] : []),
    ...(domain.kind === 'user' ? ['\tsession = Background'] : []),
    '',
    '\tservices = {',
    ...rows,
    '\t}',
    '',
    ...overrideLines(launchd, domain, '\t'),
    '}',
  ].join('\n')}\n`;
}
