/** A library as the loader found it. */
export interface Library {
  /** DT_NEEDED; the loader itself has its path as its name. */
  readonly name: string;
  readonly path: string;
}

export interface LoaderAnswer {
  readonly libraries: readonly Library[];
  /** Names of libraries that are nowhere. */
  readonly missing: readonly string[];
  /** What else keeps the program from being loaded: a symbol version that a library has not. */
  readonly problem: string | undefined;
}

const patterns = {
  found: /^\s*(\S.*?) => (\/.*?)(?: \(0x[0-9a-f]+\))?$/,
  itself: /^\s*(\/.*?) \(0x[0-9a-f]+\)$/,
  missing: [
    /^\s*(\S.*?) => not found$/,
    // ld.so(8) of glibc, with --list: the first one only.
    /error while loading shared libraries: ([^:]+): cannot open shared object file/,
    // musl.
    /^Error loading shared library ([^:]+):/,
  ],
  problem: /version `.*' not found|error while loading shared libraries|^Error (?:loading|relocating)/,
};

/** What `LOADER --list PROGRAM` has said, of glibc and musl. Lines that mean nothing (linux-vdso) are passed over. */
export function parseLoaderOutput(output: string): LoaderAnswer {
  const libraries = new Map<string, Library>();
  const missing = new Set<string>();
  let problem: string | undefined;
  for (const line of output.split('\n')) {
    const absent = patterns.missing.map((pattern) => pattern.exec(line)?.[1]).find(Boolean);
    const found = patterns.found.exec(line);
    const itself = patterns.itself.exec(line)?.[1];
    if (absent !== undefined) missing.add(absent);
    else if (found) libraries.set(found[2] as string, { name: found[1] as string, path: found[2] as string });
    else if (itself !== undefined) libraries.set(itself, { name: itself, path: itself });
    else if (patterns.problem.test(line)) problem ??= line.trim();
  }
  return { libraries: [...libraries.values()], missing: [...missing], problem };
}
