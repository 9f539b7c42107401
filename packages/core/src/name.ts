/** What a daemon may be called on every platform: 1 to 63 letters, digits, "_", "." or "-", the first a letter or digit, no "..". */
export function isDaemonName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(name) && !name.includes('..');
}
