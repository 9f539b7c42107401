import {
  type Availability,
  type Capabilities,
  explainPlatform,
  type Platform,
  type PlatformAdapter,
  PlatformError,
  type PlatformExplanation,
} from '@duende/core/contract';
import { adapterRegistry, registeredPlatforms } from './registry.ts';
import { adapterOptions, type Importer, type Place, selectAdapter } from './select-adapter.ts';
import { inspectStateFolder, type StateFolderReport } from './state-folder.ts';

export type { StateFolderReport } from './state-folder.ts';

/** One platform as `doctor` found it. */
export interface PlatformReport {
  readonly platform: Platform;
  readonly package: string;
  readonly installed: boolean;
  readonly available: boolean;
  /** What runs the daemons, when it is available. */
  readonly engine?: string;
  readonly version?: string;
  readonly warnings: readonly string[];
  /** Why it cannot be used, and what to do about it. */
  readonly why?: string;
  readonly fix?: string;
  /** Problems in the adapter's own state, one line each. */
  readonly problems: readonly string[];
  readonly capabilities?: Capabilities;
}

export interface DoctorReport {
  /** True when the detected platform and the state folder can be used, on a Node that is new enough. */
  readonly ok: boolean;
  readonly node: { readonly version: string; readonly ok: boolean; readonly required: string };
  readonly stateFolder: StateFolderReport;
  readonly detected: PlatformExplanation;
  readonly platforms: readonly PlatformReport[];
}

export interface DoctorOptions extends Omit<Place, 'onProgress'> {
  readonly importer?: Importer;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds that each platform may take to answer; 10 seconds without it. */
  readonly timeout?: number;
}

const requiredNodeMajor = 24;

/** Looks at this machine: changes nothing, throws nothing. */
export async function doctorReport(options: DoctorOptions = {}): Promise<DoctorReport> {
  const node = {
    version: process.versions.node,
    ok: Number.parseInt(process.versions.node, 10) >= requiredNodeMajor,
    required: `>=${requiredNodeMajor}`,
  };
  const stateFolder = inspectStateFolder(options.env ?? process.env);
  const detected = explainPlatform();
  const platforms = await Promise.all(registeredPlatforms.map((platform) => inspect(platform, options)));
  const usable = platforms.find((row) => row.platform === detected.platform)?.available ?? false;
  return { ok: node.ok && stateFolder.ok && usable, node, stateFolder, detected, platforms };
}

async function inspect(platform: Platform, options: DoctorOptions): Promise<PlatformReport> {
  const row = { platform, package: adapterRegistry[platform][0], warnings: [], problems: [] };
  let adapter: PlatformAdapter;
  try {
    adapter = await selectAdapter(platform, {
      ...(options.importer ? { importer: options.importer } : {}),
      ...adapterOptions(platform, options),
    });
  } catch (error) {
    const installed = !(PlatformError.isInstance(error) && error.reason === 'unavailable');
    return { ...row, installed, available: false, ...explain(error) };
  }
  const found = await answerOf(adapter, options.timeout ?? 10_000);
  // Afterwards: those of containers are of the engine that was found.
  const { capabilities } = adapter;
  const problems = found.available ? await problemsOf(adapter) : [];
  await adapter.close?.().catch(() => {});
  if (!found.available) return { ...row, installed: true, ...found, capabilities };
  return { ...row, installed: true, ...found, warnings: found.warnings ?? [], problems, capabilities };
}

function explain(error: unknown): { why: string; fix: string } {
  if (PlatformError.isInstance(error)) return { why: error.message, fix: error.hint ?? '' };
  return { why: error instanceof Error ? error.message : String(error), fix: 'See duende doctor --verbose' };
}

/** An engine that hangs must not hang the doctor. */
async function answerOf(adapter: PlatformAdapter, timeout: number): Promise<Availability> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Availability>((resolve) => {
    timer = setTimeout(resolve, timeout, {
      available: false,
      why: `It did not answer within ${timeout / 1000} s`,
      fix: 'See whether its engine hangs',
    });
  });
  try {
    return await Promise.race([adapter.probe(), late]);
  } catch (error) {
    return { available: false, ...explain(error) };
  } finally {
    clearTimeout(timer);
  }
}

async function problemsOf(adapter: PlatformAdapter): Promise<readonly string[]> {
  try {
    return (await adapter.problems?.()) ?? [];
  } catch (error) {
    return [explain(error).why];
  }
}
