/** Levenshtein distance: single-character edits between two words. */
export function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const change = from[row - 1] === to[column - 1] ? 0 : 1;
      current.push(
        Math.min(
          (previous[column] as number) + 1,
          (current[column - 1] as number) + 1,
          (previous[column - 1] as number) + change,
        ),
      );
    }
    previous = current;
  }
  return previous[to.length] as number;
}

/** The word that was probably meant: near enough that the guess helps. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 40) return undefined;
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((left, right) => left.distance - right.distance);
  const best = ranked[0];
  const begun = known.filter((candidate) => word.length >= 3 && candidate.startsWith(word));
  if (begun.length === 1) return begun[0];
  return best && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}

/** `. Did you mean --memory?` or nothing. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const guess = suggest(word, known);
  return guess === undefined ? undefined : `Did you mean ${guess}?`;
}
