export type { Orchestrator, OrchestratorSpawn } from './orchestrator.ts';
export { SwarmOrchestrator } from './swarm-orchestrator.ts';
