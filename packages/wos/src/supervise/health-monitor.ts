import type { TimerQueue } from '../kernel/timers.ts';
import type { HealthSettings } from '../protocol/daemon-settings.ts';
import type { Probe } from './probes.ts';

interface Checked {
  readonly timers: TimerQueue;
  /** Only what runs is checked: not what is paused, or being stopped. */
  isRunning(): boolean;
  /** Called once. */
  unhealthy(why: string): void;
}

/** The health checks of one run: one at a time, the first after an interval. */
export class HealthMonitor {
  state: 'healthy' | 'unhealthy' | undefined;
  readonly #settings: HealthSettings;
  readonly #probe: Probe;
  readonly #checked: Checked;
  readonly #begun = performance.now();
  readonly #closed = new AbortController();
  #failures = 0;
  #cancel: () => void = () => {};

  constructor(settings: HealthSettings, probe: Probe, checked: Checked) {
    this.#settings = settings;
    this.#probe = probe;
    this.#checked = checked;
    this.#plan();
  }

  #plan(): void {
    const at = performance.now() + this.#settings.interval;
    this.#cancel = this.#checked.timers.at(at, () => void this.#check());
  }

  async #check(): Promise<void> {
    if (this.#checked.isRunning()) this.#conclude(await this.#probeInTime());
    if (!this.#closed.signal.aborted && this.state !== 'unhealthy') this.#plan();
  }

  async #probeInTime(): Promise<string | undefined> {
    const late = new AbortController();
    const end = () => late.abort();
    this.#closed.signal.addEventListener('abort', end, { once: true });
    const cancel = this.#checked.timers.at(performance.now() + this.#settings.timeout, end);
    try {
      return await this.#probe(late.signal);
    } finally {
      cancel();
      this.#closed.signal.removeEventListener('abort', end);
    }
  }

  #conclude(why: string | undefined): void {
    // What was paused meanwhile could not answer.
    if (this.#closed.signal.aborted || !this.#checked.isRunning()) return;
    if (why === undefined) {
      this.#failures = 0;
      this.state = 'healthy';
      return;
    }
    if (performance.now() - this.#begun < this.#settings.startPeriod) return;
    if (++this.#failures < this.#settings.retries) return;
    this.state = 'unhealthy';
    this.#checked.unhealthy(why);
  }

  close(): void {
    this.#cancel();
    this.#closed.abort();
  }
}
