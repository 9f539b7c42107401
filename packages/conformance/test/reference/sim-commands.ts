import { describeText, printedLine } from '../../src/probe/language.ts';
import type { Daemon } from './daemon.ts';
import type { SimProcess } from './sim-process.ts';

const catchable = ['TERM', 'INT', 'QUIT', 'HUP', 'USR1', 'USR2', 'CONT'];

/** Runs the probe's commands as a simulated process of a daemon. */
export class SimProgram {
  readonly #daemon: Daemon;
  readonly #process: SimProcess;
  readonly #args: string[];

  constructor(daemon: Daemon, process: SimProcess, args: readonly string[]) {
    this.#daemon = daemon;
    this.#process = process;
    this.#args = [...args];
  }

  async run(): Promise<void> {
    for (let command = this.#args.shift(); command !== undefined; command = this.#args.shift()) {
      await this.#obey(command);
      await this.#process.turn();
    }
    this.#process.end({ code: 0 });
  }

  #text(): string {
    return this.#args.shift() ?? '';
  }

  #number(): number {
    return Number(this.#text());
  }

  #write(text: string, stream: 'stdout' | 'stderr' = 'stdout'): void {
    if (!this.#process.alive) return;
    this.#daemon.log.write(stream, text);
    this.#daemon.traced(this.#process.pid, 'write', [stream, JSON.stringify(text)], String(text.length));
  }

  #say(text: string): void {
    this.#write(`${text}\n`);
  }

  async #obey(command: string): Promise<void> {
    const { resources } = this.#daemon.spec;
    const process = this.#process;
    const never = () => new Promise<never>(() => {});
    if (command === 'report') this.#report();
    else if (command === 'run') this.#say(`run ${process.pid} ${Date.now()}`);
    else if (command === 'say') this.#say(this.#text());
    else if (command === 'warn') this.#write(`${this.#text()}\n`, 'stderr');
    else if (command === 'write') this.#write(this.#text());
    else if (command === 'sleep') await process.sleep(this.#number());
    else if (command === 'exit') process.end({ code: this.#number() });
    else if (command === 'signal-self') process.end({ signal: `SIG${this.#text()}` });
    else if (command === 'ready-after') {
      await process.sleep(this.#number());
      this.#daemon.becameReady();
    } else if (command === 'ignore') process.dispositions.set(this.#text(), 'ignore');
    else if (command === 'allocate') {
      const bytes = this.#number();
      process.memory += bytes;
      if (this.#daemon.memory > (resources.memoryMax ?? Number.POSITIVE_INFINITY)) this.#daemon.outOfMemory();
      else this.#say(`allocated ${bytes}`);
    } else if (command === 'spin') await this.#spin(this.#number());
    else if (command === 'fork') this.#fork();
    else if (command === 'processes') {
      const made = Math.min(this.#number(), (resources.pidsMax ?? 10_000) - 1);
      for (let count = 0; count < made; count++) this.#daemon.fork(process);
      this.#say(`forked ${made}`);
    } else if (command === 'open-files') {
      this.#say(`opened ${Math.min(this.#number(), (resources.openFilesMax ?? 10_000) - 3)}`);
    } else if (command === 'open') {
      for (const path = this.#text(); ; await process.sleep(50))
        this.#daemon.traced(process.pid, 'openat', ['AT_FDCWD', `"${path}"`, 'O_RDONLY'], '-1', 'ENOENT');
    } else if (command === 'count')
      for (let tick = 1; ; tick++, await process.sleep(20)) this.#say(`tick ${tick}`);
    else if (command === 'print')
      await this.#print(this.#number(), this.#number(), this.#text(), this.#number());
    else if (command === 'tcp' || command === 'http') {
      const port = this.#number();
      this.#daemon.world.ports.set(port, process);
      process.dispositions.set('USR1', () => this.#daemon.world.ports.delete(port));
      this.#say(`listening ${port}`);
      await never();
    } else if (command === 'trap' || command === 'graceful') {
      for (const signal of catchable) {
        if (command === 'graceful' && signal === 'CONT') continue;
        process.dispositions.set(signal, () => {
          this.#say(signal);
          if (command === 'graceful') process.end({ code: 0 });
        });
      }
      this.#say('ready');
      await never();
    } else if (command === 'park') await never();
    else process.end({ code: 121 });
  }

  #report(): void {
    const { spec } = this.#daemon;
    this.#say(`pid ${this.#process.pid}`);
    this.#say(`uid ${spec.user ?? 0}`);
    this.#say(`gid ${spec.group ?? 0}`);
    this.#say(describeText('cwd', spec.cwd ?? '/'));
    for (const arg of this.#args.splice(0)) this.#say(describeText('arg', arg));
    for (const [name, value] of Object.entries(this.#daemon.environment()))
      this.#say(describeText('env', `${name}=${value}`));
    this.#say('end');
  }

  async #spin(time: number): Promise<void> {
    const quota = this.#daemon.spec.resources.cpuQuota ?? 1;
    const begun = performance.now();
    let used = 0;
    while (time === 0 || performance.now() - begun < time) {
      await this.#process.sleep(10);
      used += 10 * quota;
      this.#process.cpuUsec += 10_000 * quota;
    }
    this.#say(`spun ${Math.round(used)} ${Math.round(performance.now() - begun)}`);
  }

  #fork(): void {
    const child = this.#daemon.fork(this.#process);
    this.#say(`child ${child.pid}`);
    this.#say(`grandchild ${this.#daemon.fork(child).pid}`);
    this.#say(`orphan ${this.#daemon.fork(this.#process, true).pid}`);
    this.#say('forked 3');
  }

  async #print(count: number, bytes: number, stream: string, gap: number): Promise<void> {
    for (let index = 0; index < count && this.#process.alive; index++) {
      const isError = stream === 'stderr' || (stream === 'both' && index % 2 === 1);
      this.#write(`${printedLine(index, bytes)}\n`, isError ? 'stderr' : 'stdout');
      if (gap > 0) await this.#process.sleep(gap);
    }
  }
}
