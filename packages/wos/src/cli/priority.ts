import { priorityNames } from '../kernel/weights.ts';

export const priorityTitle = `0 to 7 or one of ${priorityNames.join(', ')}`;

/** Pure: `3` or `normal+` as a number; `undefined` when it is neither. */
export function parsePriority(text: string): number | undefined {
  if (/^[0-7]$/.test(text)) return Number(text);
  const index = (priorityNames as readonly string[]).indexOf(text.toLowerCase());
  return index < 0 ? undefined : index;
}
