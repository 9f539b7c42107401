import { openSync, writeSync } from 'node:fs';

/** The file of `--event-monitor path=`: JSON over several lines, an empty line after each (event_monitor/src/lib.rs). */
export class Monitor {
  readonly #file: number | undefined;
  readonly #start = performance.now();

  constructor(path: string | undefined) {
    this.#file = path === undefined ? undefined : openSync(path, 'w', 0o600);
  }

  tell(source: string, event: string): void {
    if (this.#file === undefined) return;
    const elapsed = performance.now() - this.#start;
    const timestamp = { secs: Math.floor(elapsed / 1000), nanos: Math.floor((elapsed % 1000) * 1e6) };
    writeSync(
      this.#file,
      `${JSON.stringify({ timestamp, source, event, properties: null }, undefined, 2)}\n\n`,
    );
  }
}
