export function testEngines(): Record<string, unknown>;
export function killEngine(name: string): Promise<unknown>;
export function restartEngine(name: string, options?: { liveRestore?: boolean }): Promise<unknown>;
export function killAndRestartEngine(name: string, options?: { liveRestore?: boolean }): Promise<unknown>;
