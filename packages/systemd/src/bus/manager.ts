import type { Message } from 'dbus-native';
import { unitPathOf } from '../unit-name.ts';
import type { Connection } from './connection.ts';
import { busErrorKind } from './errors.ts';

const managerPath = '/org/freedesktop/systemd1';
const managerInterface = 'org.freedesktop.systemd1.Manager';
const unitInterface = 'org.freedesktop.systemd1.Unit';
const serviceInterface = 'org.freedesktop.systemd1.Service';

/** A property with its D-Bus signature, as StartTransientUnit takes it. */
export interface Property {
  readonly name: string;
  readonly signature: string;
  readonly value: unknown;
}

/** What is asked about a unit, in the words of org.freedesktop.systemd1(5). */
export interface UnitState {
  readonly active: string;
  readonly sub: string;
  /** `start`, `stop` ... when a job waits or runs, else empty. */
  readonly job: string;
  readonly mainPid: number;
  /** 0 when it was not asked for. */
  readonly restarts: number;
  /** Empty when it was not asked for. */
  readonly statusText: string;
  readonly environment: readonly string[];
}

export interface LoadedUnit {
  readonly name: string;
  readonly load: string;
  readonly active: string;
  readonly sub: string;
  readonly job: string;
}

/** A job that has ended: `done`, `failed`, `timeout`, `canceled`, `dependency` ... */
export interface JobResult {
  readonly path: string;
  readonly result: string;
}

/** The calls of a manager that this adapter needs. */
export class Manager {
  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Resolves with the job that was queued. Not repeated by itself: whoever calls must find out whether it was carried out. */
  async startTransient(unit: string, properties: readonly Property[]): Promise<string> {
    const listed = properties.map(({ name, signature, value }) => [name, [signature, value]]);
    return await this.#manager('StartTransientUnit', 'ssa(sv)a(sa(sv))', [unit, 'replace', listed, []]);
  }

  async start(unit: string): Promise<string> {
    return await this.#manager('StartUnit', 'ss', [unit, 'replace']);
  }

  /** False when there is no such unit. */
  async stop(unit: string): Promise<boolean> {
    return await this.#unlessMissing('StopUnit', 'ss', [unit, 'replace']);
  }

  /** False when there is no such unit, or no process in it. */
  async kill(unit: string, whom: 'main' | 'all', signal: number): Promise<boolean> {
    return await this.#unlessMissing('KillUnit', 'ssi', [unit, whom, signal]);
  }

  async resetFailed(unit: string): Promise<boolean> {
    return await this.#unlessMissing('ResetFailedUnit', 's', [unit]);
  }

  async reload(): Promise<void> {
    await this.#manager('Reload');
  }

  async version(): Promise<string> {
    return await this.property(managerPath, managerInterface, 'Version');
  }

  async enable(files: readonly string[]): Promise<void> {
    await this.#manager('EnableUnitFiles', 'asbb', [files, false, true]);
  }

  async disable(units: readonly string[]): Promise<void> {
    await this.#manager('DisableUnitFiles', 'asb', [units, false]);
  }

  /** `enabled`, `disabled`, `transient`, ...; empty when there is no such file. */
  async unitFileState(unit: string): Promise<string> {
    try {
      return await this.#manager('GetUnitFileState', 's', [unit]);
    } catch (error) {
      if (busErrorKind(error) === 'FileNotFound' || busErrorKind(error) === 'NoSuchUnit') return '';
      throw error;
    }
  }

  /** Units in memory whose names match; asking does not load any, as asking for the unit itself would. */
  async listUnits(pattern: string): Promise<LoadedUnit[]> {
    const rows = await this.#ask<unknown[][]>('ListUnitsByPatterns', 'asas', [[], [pattern]]);
    return rows.map(([name, , load, active, sub, , , , job]) => ({
      name: String(name),
      load: String(load),
      active: String(active),
      sub: String(sub),
      job: String(job),
    }));
  }

  /** `undefined` when the unit is not in memory. Each property takes a call, so those that are rarely needed are asked for. */
  async read(
    unit: string,
    also: { readonly restarts?: boolean; readonly statusText?: boolean } = {},
    rounds = 10,
  ): Promise<UnitState | undefined> {
    const [loaded] = await this.listUnits(unit);
    if (loaded === undefined || loaded.load === 'not-found') return undefined;
    const [mainPid, environment, restarts, statusText] = await Promise.all([
      this.service<number>(unit, 'MainPID'),
      this.service<string[]>(unit, 'Environment'),
      also.restarts ? this.service<number>(unit, 'NRestarts') : 0,
      also.statusText ? this.service<string>(unit, 'StatusText') : '',
    ]);
    const { active, sub, job } = loaded;
    // Its main process ended between the two questions.
    if (active === 'active' && mainPid === 0 && rounds > 0) return await this.read(unit, also, rounds - 1);
    return { active, sub, job, mainPid, restarts, statusText, environment };
  }

  /** A property of the service; of a unit that is not there it is the default. */
  async service<T>(unit: string, name: string): Promise<T> {
    return await this.property<T>(unitPathOf(unit), serviceInterface, name);
  }

  async unit<T>(unit: string, name: string): Promise<T> {
    return await this.property<T>(unitPathOf(unit), unitInterface, name);
  }

  async property<T>(path: string, face: string, name: string): Promise<T> {
    const properties = 'org.freedesktop.DBus.Properties';
    return await this.connection.ask<T>({
      path,
      interface: properties,
      member: 'Get',
      signature: 'ss',
      body: [face, name],
    });
  }

  /** Calls back when something about a unit has changed, with how a job of it ended, or with `gap` when the connection was lost. */
  watch(unit: string, changed: (news?: JobResult | 'gap') => void): () => void {
    const path = unitPathOf(unit);
    return this.connection.listen((message: Message | undefined) => {
      if (message === undefined) return changed('gap');
      if (message.path === path) return changed();
      const { member, body = [] } = message;
      if (member === 'JobRemoved' && body[2] === unit) {
        changed({ path: String(body[1]), result: String(body[3]) });
      } else if (member === 'UnitRemoved' && body[0] === unit) {
        changed();
      }
    });
  }

  async #unlessMissing(member: string, signature: string, body: unknown[]): Promise<boolean> {
    try {
      await this.#ask(member, signature, body);
      return true;
    } catch (error) {
      if (['NoSuchUnit', 'NoSuchProcess'].includes(busErrorKind(error))) return false;
      throw error;
    }
  }

  #manager<T>(member: string, signature?: string, body?: readonly unknown[]): Promise<T> {
    return this.connection.call<T>(managerCall(member, signature, body));
  }

  #ask<T>(member: string, signature?: string, body?: readonly unknown[]): Promise<T> {
    return this.connection.ask<T>(managerCall(member, signature, body));
  }
}

function managerCall(member: string, signature?: string, body?: readonly unknown[]) {
  const call = { path: managerPath, interface: managerInterface, member };
  return signature === undefined || body === undefined ? call : { ...call, signature, body };
}
