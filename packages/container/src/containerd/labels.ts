import type { ContainerPlan } from '../engine/engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import type { ContainerRecord } from './messages.ts';
import type { Any } from './proto-files.ts';

/** Bytes of a key with its value (containerd, labels/validate.go). */
const labelLimit = 4096;

/** Labels that are longer are kept here, as JSON; no filter finds them. */
const longLabels = 'io.duende.labels';

/** When the current or last run was begun, ISO 8601: a task does not tell. Its key is none of the plan's. */
export const startedLabel = 'io.duende.containerd.started';

/** The name as the plan has it: the id may be another. */
export const nameLabel = 'io.duende.containerd.name';

const stopSignalLabel = 'io.containerd.image.config.stop-signal';

const isShort = ([key, value]: [string, string]): boolean =>
  Buffer.byteLength(key) + Buffer.byteLength(value) <= labelLimit;

/** @throws EngineError `invalid` for a key that is too long by itself. */
export function splitLabels(plan: ContainerPlan): {
  labels: Record<string, string>;
  extensions: Record<string, Any>;
} {
  const all = Object.entries(plan.labels);
  const tooLong = all.find(([key]) => Buffer.byteLength(key) > labelLimit / 2);
  if (tooLong) throw new EngineError('invalid', `label ${tooLong[0].slice(0, 40)}...: its name is too long`);
  const short = all.filter(isShort);
  const long = Object.fromEntries(all.filter((label) => !isShort(label)));
  const value = Buffer.from(JSON.stringify(long));
  return {
    labels: { ...Object.fromEntries(short), [stopSignalLabel]: plan.stopSignal, [nameLabel]: plan.name },
    extensions: Object.keys(long).length > 0 ? { [longLabels]: { type_url: longLabels, value } } : {},
  };
}

/** The plan's labels of a container, whole. */
export function joinLabels({ labels, extensions }: ContainerRecord): Record<string, string> {
  const long = extensions[longLabels];
  const { [startedLabel]: _started, [stopSignalLabel]: _signal, [nameLabel]: _name, ...short } = labels;
  if (!long) return short;
  return { ...short, ...(JSON.parse(Buffer.from(long.value).toString('utf8')) as Record<string, string>) };
}

/** containerd, docs of filters: a comma means and. Values in Go's quotes, which JSON's are as well. */
export function labelFilter(labels: Readonly<Record<string, string>>): string[] {
  const short = Object.entries(labels).filter(isShort);
  const terms = short.map(([key, value]) => `labels.${JSON.stringify(key)}==${JSON.stringify(value)}`);
  return terms.length > 0 ? [terms.join(',')] : [];
}

export function hasLabels(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
