import type {
  DaemonHandle,
  DaemonStats,
  DaemonStatus,
  LogLine,
  LogsOptions,
  RemoveOptions,
  Signal,
  StopOptions,
  WaitOptions,
} from '@duende/core/contract';
import { configError } from '@duende/core/contract';
import { HttpEngine } from '../docker/engine.ts';
import type { Engine } from '../engine/engine.ts';
import type { SwarmContext } from './context.ts';
import { findService, listServices } from './find-service.ts';
import type { Orchestrator, OrchestratorSpawn } from './orchestrator.ts';
import { removeService } from './remove-service.ts';
import { restartService } from './restart-service.ts';
import { serviceLogs } from './service-logs.ts';
import { serviceStats } from './service-stats.ts';
import { serviceStatus } from './service-status.ts';
import { signalService } from './signal-service.ts';
import { spawnService } from './spawn-service.ts';
import { stopService } from './stop-service.ts';
import { waitForService } from './wait-service.ts';

/** Runs daemons as services `duende-<name>` of a Docker Swarm, one of whose managers the engine is. */
export class SwarmOrchestrator implements Orchestrator {
  readonly runtime = 'swarm' as const;
  readonly #context: SwarmContext;

  constructor(context: SwarmContext) {
    this.#context = context;
  }

  /** @throws PlatformError Config for an engine that is not Docker */
  static of(engine: Engine, base: string): SwarmOrchestrator {
    if (engine instanceof HttpEngine && engine.runtime === 'docker')
      return new SwarmOrchestrator({ engine, connection: engine.connection, base });
    throw configError(`platform.container.swarm: ${engine.runtime} has no swarm`, {
      field: 'platform.container.swarm',
      platform: 'container',
      operation: 'spawn',
      hint: 'Use Docker (DUENDE_CONTAINER_RUNTIME=docker), or leave it out',
    });
  }

  async spawn(request: OrchestratorSpawn): Promise<DaemonHandle> {
    return await spawnService(this.#context, request);
  }

  async status(handle: DaemonHandle): Promise<DaemonStatus> {
    return await serviceStatus(this.#context, handle);
  }

  async signal(handle: DaemonHandle, signal: Signal): Promise<void> {
    await signalService(this.#context, handle, signal);
  }

  async stop(handle: DaemonHandle, options?: StopOptions): Promise<DaemonStatus> {
    return await stopService(this.#context, handle, options);
  }

  async restart(handle: DaemonHandle): Promise<DaemonHandle> {
    return await restartService(this.#context, handle);
  }

  async wait(handle: DaemonHandle, options?: WaitOptions): Promise<DaemonStatus> {
    return await waitForService(this.#context, handle, options);
  }

  logs(handle: DaemonHandle, options?: LogsOptions): AsyncGenerator<LogLine> {
    return serviceLogs(this.#context, handle, options);
  }

  async stats(handle: DaemonHandle): Promise<DaemonStats> {
    return await serviceStats(this.#context, handle);
  }

  async list(): Promise<DaemonHandle[]> {
    return await listServices(this.#context);
  }

  async find(name: string): Promise<DaemonHandle | undefined> {
    return await findService(this.#context, name);
  }

  async remove(handle: DaemonHandle, options?: RemoveOptions): Promise<void> {
    await removeService(this.#context, handle, options);
  }
}
