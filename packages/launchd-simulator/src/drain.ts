/**
 * The end of a job by bootout. launchd-842 job_stop(): SIGTERM to the process, and SIGKILL to the process, not its group, after
 * ExitTimeOut; 0 is "infinity" (launchd.plist(5)).
 */
export class Drain {
  state: 'SIGTERMed' | 'SIGKILLed' | undefined;
  #timer: NodeJS.Timeout | undefined;

  begin(kill: (signal: NodeJS.Signals) => void, milliseconds: number): void {
    this.state = 'SIGTERMed';
    kill('SIGTERM');
    if (milliseconds === 0) return;
    this.#timer = setTimeout(() => {
      this.state = 'SIGKILLed';
      kill('SIGKILL');
    }, milliseconds);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
