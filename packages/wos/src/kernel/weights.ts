/** The eight priority levels, 0 to 7. */
export const priorityNames = [
  'critical',
  'high',
  'above-normal',
  'normal+',
  'normal',
  'below-normal',
  'low',
  'idle',
] as const;
export const lowestPriority = priorityNames.length - 1;
export const normalPriority = 4;

/**
 * Each level gets twice the share of the one below: with one busy process on each, critical has 50% of its thread and idle
 * 0.4%. Shares of one level are equal.
 */
export function weightOf(priority: number): number {
  return 2 ** (lowestPriority - priority);
}
