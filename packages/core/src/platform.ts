/** The platforms a daemon can run on. The values are what `--platform` and `$DUENDE_PLATFORM` take. */
export const Platform = {
  Native: 'native',
  Linux: 'linux',
  MacOS: 'macos',
  Container: 'container',
  PepitaMicroVM: 'pepita',
  Wos: 'wos',
} as const;

export type Platform = (typeof Platform)[keyof typeof Platform];

/** Every platform, in the order in which detection asks for them (most specific first). */
export const platforms: readonly Platform[] = ['wos', 'pepita', 'container', 'linux', 'macos', 'native'];

/** What each platform is called in messages and tables. */
export const platformTitles: Readonly<Record<Platform, string>> = {
  wos: 'WOS (WebAssembly)',
  pepita: 'pepita (microVM)',
  container: 'Container',
  linux: 'Linux (systemd)',
  macos: 'macOS (launchd)',
  native: 'Native',
};

export function isPlatform(value: unknown): value is Platform {
  return typeof value === 'string' && (platforms as readonly string[]).includes(value);
}
