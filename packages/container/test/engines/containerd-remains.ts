/** What containerd holds in a namespace, beside what containerd-engine.ts says of it. */
import { Connection } from '../../src/containerd/connection.ts';

export interface Remains {
  readonly containers: number;
  readonly tasks: number;
  readonly snapshots: readonly string[];
  readonly blobs: number;
  readonly writes: number;
  readonly leases: number;
}

export async function remains(address: string, namespace: string, snapshotter: string): Promise<Remains> {
  const connection = new Connection(address, namespace);
  const all = async (path: string, request: object): Promise<{ info: { name: string }[] }[]> => {
    const answers: { info: { name: string }[] }[] = [];
    for await (const answer of await connection.readStream<{ info: { name: string }[] }>(path, request)) {
      answers.push(answer as { info: { name: string }[] });
    }
    return answers;
  };
  try {
    const count = async (path: string, key: string): Promise<number> =>
      ((await connection.ask<Record<string, unknown[]>>(path, {}))[key] ?? []).length;
    return {
      containers: await count('Containers.List', 'containers'),
      tasks: await count('Tasks.List', 'tasks'),
      snapshots: (await all('Snapshots.List', { snapshotter })).flatMap(({ info }) =>
        info.map(({ name }) => name),
      ),
      blobs: (await all('Content.List', {})).reduce((sum, { info }) => sum + info.length, 0),
      writes: await count('Content.ListStatuses', 'statuses'),
      leases: await count('Leases.List', 'leases'),
    };
  } finally {
    connection.close();
  }
}
