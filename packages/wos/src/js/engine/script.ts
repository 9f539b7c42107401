import type { Process } from '../../kernel/process.ts';
import type { HealthServer } from './health-server.ts';
import type { PreparedScripts } from './prepared.ts';
import type { QuickJs } from './quickjs.ts';
import { Rejections } from './rejections.ts';
import type { Requests } from './requests.ts';
import { StackMap } from './stack-map.ts';

/** What a process of the kind script runs. */
export interface ScriptPlan {
  /** An ES module without imports. */
  readonly text: string;
  /** What stacks call it. */
  readonly name: string;
  /** A source map, as JSON, for stacks. */
  readonly map?: string | undefined;
}

/** What a script tells the kernel. */
export type ScriptNews =
  | { readonly type: 'notify'; readonly text: string }
  | { readonly type: 'health'; readonly id: number; readonly answer: unknown };

/** What a script needs of its kernel thread. */
export interface ScriptParts {
  readonly plan: ScriptPlan;
  readonly tell: (news: ScriptNews) => void;
  /** Of the module in which it runs. */
  readonly prepared: PreparedScripts;
}

const moduleFlag = 1;

/** A script in its process: QuickJS, what the script asks for, and its event loop. */
export class Script {
  readonly process: Process;
  readonly engine: QuickJs;
  readonly tell: (news: ScriptNews) => void;
  /** What the script opened with `open`, and takes with `opened`. */
  opened: Uint8Array | undefined;
  healthServer: HealthServer | undefined;
  requests: Requests | undefined;
  readonly stacks: StackMap;
  readonly #plan: ScriptPlan;
  readonly #prepared: PreparedScripts;
  readonly #events: string[] = [];
  readonly rejections: Rejections;
  #wake: (() => void) | undefined;
  #turn = 0;
  #uncaught = 0;
  #begin = 0;

  constructor(process: Process, engine: QuickJs, { plan, tell, prepared }: ScriptParts) {
    this.process = process;
    this.engine = engine;
    this.rejections = new Rejections(engine);
    this.tell = tell;
    this.#plan = plan;
    this.#prepared = prepared;
    this.stacks = new StackMap(plan.name, plan.map);
  }

  /** Tells the script, at its next turn. */
  push(event: object): void {
    this.#events.push(JSON.stringify(event));
    this.#wake?.();
  }

  /** The script is there: what runs its turns, what is told about errors that nothing caught, and what lets it begin. */
  setLoop(turn: number, uncaught: number, begin: number): void {
    this.#turn = this.engine.keep(turn);
    this.#uncaught = this.engine.keep(uncaught);
    this.#begin = this.engine.keep(begin);
  }

  /** The life of the process. It ends by unwinding: the script asks for it, or is killed. */
  async run(): Promise<void> {
    const { engine } = this;
    if (!this.#restore()) await this.#prepare();
    if (this.#begin !== 0) engine.free(await engine.call(this.#begin, engine.newString('')));
    for (let wait = 0; ; ) {
      await this.#settle();
      const event = this.#events.shift();
      if (event === undefined && wait !== 0) {
        await this.#sleep(wait);
        wait = 0;
      } else wait = await this.#takeTurn(event ?? '');
    }
  }

  /** Begins where another process of the same script was when it had been compiled. */
  #restore(): boolean {
    const found = this.#prepared.find(this.#plan.text);
    if (found === undefined || !this.engine.restore(found.engine)) return false;
    this.#turn = found.turn;
    this.#uncaught = found.uncaught;
    this.#begin = found.begin;
    return true;
  }

  async #prepare(): Promise<void> {
    const { engine } = this;
    await engine.begin();
    engine.setGlobalFunction('__wos_host');
    const result = await engine.evaluate(this.#plan.text, this.#plan.name, moduleFlag);
    if (engine.isException(result)) await this.#report(engine.now('qjs_get_exception'));
    engine.free(result);
    await this.#settle();
    if (this.#begin === 0) return;
    const functions = { turn: this.#turn, uncaught: this.#uncaught, begin: this.#begin };
    this.#prepared.keep(this.#plan.text, { engine: engine.snapshot(), ...functions });
  }

  async #takeTurn(event: string): Promise<number> {
    const { engine } = this;
    if (this.#turn === 0) return -1;
    const result = await engine.call(this.#turn, engine.newString(event));
    if (engine.isException(result)) {
      await this.#report(engine.now('qjs_get_exception'));
      return 0;
    }
    const wait = engine.number(result);
    engine.free(result);
    return wait;
  }

  /** Promises settle; rejections that nobody handles are errors then. */
  async #settle(): Promise<void> {
    const { engine } = this;
    do {
      while (engine.now('qjs_is_job_pending')) {
        if ((await engine.run('qjs_execute_pending_job')) < 0)
          await this.#report(engine.now('qjs_get_exception'));
      }
      for (let reason = this.rejections.take(); reason !== 0; reason = this.rejections.take()) {
        await this.#report(reason);
      }
    } while (engine.now('qjs_is_job_pending'));
  }

  async #sleep(milliseconds: number): Promise<void> {
    await this.process.block<void>((wake) => {
      this.#wake = () => wake();
      const undo = milliseconds > 0 && this.process.sleepUntil(performance.now() + milliseconds, wake);
      if (this.#events.length > 0) wake();
      return () => {
        this.#wake = undefined;
        if (undo) undo();
      };
    });
  }

  /** An error that nothing caught. Before the script can take it, the process ends here. */
  async #report(error: number): Promise<void> {
    const { engine } = this;
    if (this.#uncaught !== 0) {
      engine.free(await engine.call(this.#uncaught, error));
      return;
    }
    const text = engine.describe(error);
    const stderr = this.process.descriptors.get(2);
    stderr.write?.([Buffer.from(`${this.#plan.name}: ${text}\n`)]);
    this.process.exit(1);
  }
}
