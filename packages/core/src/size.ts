/** A size as people write it (`64M`, `1.5GiB`, `500k`), or a number of bytes. Units are powers of 1024, as in systemd and Docker. */
export type SizeInput = string | number;

const powers = ['', 'k', 'm', 'g', 't'];

/** Bytes of a size; `undefined` when it is not one. */
export function parseSize(input: SizeInput): number | undefined {
  if (typeof input === 'number') return Number.isSafeInteger(input) && input >= 0 ? input : undefined;
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b)?$/i.exec(input.trim());
  if (!match) return undefined;
  const bytes = Math.round(Number(match[1]) * 1024 ** powers.indexOf((match[2] ?? '').toLowerCase()));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** `64M`, `1.5G`, `512B`: one decimal at most, for people. */
export function formatSize(bytes: number): string {
  let power = 0;
  let amount = bytes;
  while (amount >= 1024 && power < powers.length - 1) {
    amount /= 1024;
    power += 1;
  }
  const digits = amount < 10 && power > 0 ? 1 : 0;
  return `${Number(amount.toFixed(digits))}${(powers[power] as string).toUpperCase() || 'B'}`;
}
