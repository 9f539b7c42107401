import type { Setting } from './setting.ts';

/** Pure: a persistent unit, systemd.unit(5) and systemd.service(5). `target` is what starts it. */
export function renderUnitFile(settings: readonly Setting[], target: string): string {
  const section = (name: Setting['section']): string[] => [
    `[${name}]`,
    ...settings.filter((setting) => setting.section === name).map(({ key, text }) => `${key}=${text}`),
  ];
  return [
    '# Made by duende install; duende uninstall removes it.',
    ...section('Unit'),
    '',
    ...section('Service'),
    '',
    '[Install]',
    `WantedBy=${target}`,
    '',
  ].join('\n');
}
