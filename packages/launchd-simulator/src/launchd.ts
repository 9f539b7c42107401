import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, findAccount } from './accounts.ts';
import { type EnvironmentParts, environmentOf } from './environment.ts';
import { LaunchError } from './errors.ts';
import { Job } from './job.ts';
import { folders } from './layout.ts';
import { Overrides } from './overrides.ts';
import type { Settings } from './settings.ts';
import { type Spawned, spawnJob } from './spawn-job.ts';
import type { DomainKind, Target } from './target.ts';
import { Violations } from './violations.ts';

export interface Domain {
  readonly kind: DomainKind;
  readonly uid: number;
  readonly name: string;
  readonly asid: number;
  readonly jobs: Map<string, Job>;
}

/** The whole state: domains, their jobs, what is disabled. */
export class Launchd {
  readonly settings: Settings;
  readonly overrides: Overrides;
  readonly violations: Violations;
  readonly domains: Map<string, Domain>;
  /** When a bootstrap met a job that drains: by label, for the violations. */
  readonly drainHits = new Map<string, number[]>();
  readonly drainLoops = new Set<string>();
  /** Every session that a job has had: its leader's PID. */
  readonly sessions = new Set<number>();

  constructor(settings: Settings) {
    this.settings = settings;
    const at = folders(settings.root);
    for (const folder of [at.state, at.daemons, at.agents, at.userAgents, join(settings.root, 'tmp')]) {
      mkdirSync(folder, { recursive: true });
    }
    chmodSync(join(settings.root, 'tmp'), 0o1777);
    this.overrides = new Overrides(join(at.state, 'disabled.json'));
    this.violations = new Violations(join(at.state, 'violations.jsonl'));
    this.domains = this.#makeDomains();
    const timer = setInterval(() => this.#look(), Math.max(20, settings.second / 10));
    timer.unref();
  }

  #makeDomains(): Map<string, Domain> {
    const { uid, gui } = this.settings;
    const make = (kind: DomainKind, name: string, asid: number): [string, Domain] => [
      name,
      { kind, uid: kind === 'system' ? 0 : uid, name, asid, jobs: new Map() },
    ];
    const all = [make('system', 'system', 100000), make('user', `user/${uid}`, 100001)];
    // A GUI domain exists only while that user is logged in at the screen (facts/launchd.md).
    if (gui) all.push(make('gui', `gui/${uid}`, 100005));
    return new Map(all);
  }

  /** @throws LaunchError 112 when there is no such domain. */
  domain(target: Target): Domain {
    const found = this.domains.get(target.domain);
    if (!found) throw new LaunchError(112);
    return found;
  }

  /** @throws LaunchError 112, 113 */
  job(target: Target): Job {
    const found = this.domain(target).jobs.get(target.label ?? '');
    if (!found) throw new LaunchError(113);
    return found;
  }

  /** The domain of the caller's session: what `list` and the legacy subcommands mean. */
  sessionDomain(sudo: boolean): Domain {
    const { session, uid } = this.settings;
    const name = sudo || session === 'System' ? 'system' : session === 'Aqua' ? `gui/${uid}` : `user/${uid}`;
    return (this.domains.get(name) ?? this.domains.get(`user/${uid}`)) as Domain;
  }

  /** The account that jobs of a domain run as: the simulator's own in the user's domains, whatever number these are given. */
  accountOf(domain: Domain, userName: string | undefined): Account | undefined {
    if (domain.kind === 'system' && userName !== undefined) return findAccount(userName);
    return findAccount(process.getuid?.() ?? 0);
  }

  environment(job: Job): EnvironmentParts {
    const domain = this.domains.get(job.domain) as Domain;
    return environmentOf(job.definition, {
      gui: domain.kind === 'gui',
      system: domain.kind === 'system',
      account: this.accountOf(domain, job.definition.text('UserName')),
      root: this.settings.root,
      logRateLimit: this.settings.style === '15',
    });
  }

  add(domain: Domain, path: string, definition: Job['definition']): Job {
    const { second, drainMs } = this.settings;
    const job: Job = new Job(definition, path, domain.name, {
      second,
      drainMs,
      spawn: () => this.#spawn(domain, job),
      removed: () => {
        if (domain.jobs.get(definition.label) === job) domain.jobs.delete(definition.label);
      },
      pathExists: existsSync,
      jobLoaded: (label) => [...this.domains.values()].some(({ jobs }) => jobs.has(label)),
    });
    domain.jobs.set(definition.label, job);
    return job;
  }

  #spawn(domain: Domain, job: Job): Spawned | undefined {
    const { definition } = job;
    const user = definition.text('UserName');
    const group = definition.text('GroupName');
    let identity: Parameters<typeof spawnJob>[2];
    // launchd.plist(5), UserName and GroupName: "only applicable for services that are loaded into the privileged system domain".
    if (domain.kind === 'system' && process.getuid?.() === 0 && (user !== undefined || group !== undefined)) {
      const account = this.accountOf(domain, user);
      // Guessed: an unknown user is a spawn failure, not a refusal of the bootstrap.
      if (!account) return undefined;
      identity = { account, group };
    }
    const run = spawnJob(definition, this.environment(job).all, identity);
    this.sessions.add(run.pid);
    return run;
  }

  #look(): void {
    for (const { jobs } of this.domains.values()) for (const job of jobs.values()) job.look();
  }
}
