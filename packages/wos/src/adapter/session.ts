import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from '@duende/core/contract';
import type { RequestOptions, WosClient } from '../protocol/client.ts';
import type { RequestName, RequestParams, RequestResult } from '../protocol/requests.ts';
import { WosPaths } from '../wosd/paths.ts';

/** The kernel of a state folder, which is started when something is asked of it. */
export class Session {
  readonly paths: WosPaths;
  readonly #stateDirectory: string;
  #client: Promise<WosClient> | undefined;

  constructor(stateDirectory: string) {
    this.#stateDirectory = stateDirectory;
    this.paths = new WosPaths(stateDirectory);
  }

  /** Folder for bundles of module daemons. */
  get scripts(): string {
    return join(this.paths.base, 'scripts');
  }

  /** Whether there can be a daemon at all: only then is it worth a kernel to ask for one. */
  get mayHaveDaemons(): boolean {
    try {
      return readdirSync(this.paths.daemons).length > 0;
    } catch (error) {
      // What is there and cannot be read is the kernel's to tell.
      return (error as NodeJS.ErrnoException).code !== 'ENOENT';
    }
  }

  /** @throws PlatformError what keeps a kernel from being reached or started */
  async #connected(): Promise<WosClient> {
    const known = this.#client;
    const client = await known?.catch(() => undefined);
    if (client && !client.isClosed) return client;
    // Of several that noticed at one time one connects anew.
    if (this.#client === known) {
      this.#client = import('../wosd/start.ts').then(async ({ startKernel }) => {
        return (await startKernel(this.#stateDirectory)).client;
      });
      this.#client.catch(() => undefined);
    }
    return (await this.#client) as WosClient;
  }

  /** @throws PlatformError what the kernel says; unavailable when it goes meanwhile */
  async request<Name extends RequestName>(
    name: Name,
    params: RequestParams<Name>,
    options: Partial<RequestOptions> = {},
  ): Promise<RequestResult<Name>> {
    const client = await this.#connected();
    return await client.request(name, params, options);
  }

  /** As `request`, for what can be asked again: of the next kernel, when the one that was asked goes. */
  async ask<Name extends RequestName>(
    name: Name,
    params: RequestParams<Name>,
    options: Partial<RequestOptions> = {},
  ): Promise<RequestResult<Name>> {
    for (let left = 3; ; left -= 1) {
      try {
        return await this.request(name, params, options);
      } catch (error) {
        const isGone = PlatformError.isInstance(error) && error.reason === 'unavailable';
        if (!isGone || left === 0 || options.signal?.aborted) throw error;
      }
    }
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    client?.close();
  }
}
