/** Bodies of the API, by the schemas of cloud-hypervisor.yaml. Unknown fields are refused, which is stricter than the real one. */

import { z } from 'zod';

/** What every device may have. */
const device = {
  id: z.string().optional(),
  iommu: z.boolean().optional(),
  pci_segment: z.int().optional(),
  pci_device_id: z.int().optional(),
};
const consoleMode = z.enum(['Off', 'Pty', 'Tty', 'File', 'Socket', 'Null']);
const console = z.strictObject({
  ...device,
  mode: consoleMode,
  file: z.string().optional(),
  socket: z.string().optional(),
});

export const vmConfig = z.strictObject({
  cpus: z
    .strictObject({
      boot_vcpus: z.int().min(1),
      max_vcpus: z.int().min(1),
      kvm_hyperv: z.boolean().optional(),
      nested: z.boolean().optional(),
      max_phys_bits: z.int().optional(),
    })
    .optional(),
  memory: z
    .strictObject({
      size: z.int().min(1),
      mergeable: z.boolean().optional(),
      shared: z.boolean().optional(),
      hugepages: z.boolean().optional(),
      prefault: z.boolean().optional(),
      thp: z.boolean().optional(),
    })
    .optional(),
  payload: z.strictObject({
    firmware: z.string().optional(),
    kernel: z.string().optional(),
    cmdline: z.string().optional(),
    initramfs: z.string().optional(),
  }),
  disks: z
    .array(
      z.strictObject({
        ...device,
        path: z.string().optional(),
        readonly: z.boolean().optional(),
        direct: z.boolean().optional(),
        num_queues: z.int().optional(),
        queue_size: z.int().optional(),
        serial: z.string().optional(),
      }),
    )
    .optional(),
  rng: z.strictObject({ ...device, src: z.string() }).optional(),
  serial: console.optional(),
  console: console.optional(),
  vsock: z.strictObject({ ...device, cid: z.int().min(3), socket: z.string() }).optional(),
  pvpanic: z.boolean().optional(),
  watchdog: z.boolean().optional(),
  iommu: z.boolean().optional(),
});

export const snapshotConfig = z.strictObject({ destination_url: z.string() });
export const restoreConfig = z.strictObject({
  source_url: z.string(),
  prefault: z.boolean().optional(),
  memory_restore_mode: z.enum(['Copy', 'OnDemand']).optional(),
  resume: z.boolean().optional(),
});

export type VmConfig = z.output<typeof vmConfig>;

/** A request that is refused, with the messages from the error to its cause. */
export class Refusal extends Error {
  readonly status: number;
  readonly messages: readonly string[];

  constructor(status: number, ...messages: readonly string[]) {
    super(messages.join(': '));
    this.status = status;
    this.messages = messages;
  }
}

/** Pure. @throws Refusal */
export function parseBody<T>(schema: z.ZodType<T>, body: string | undefined): T {
  let value: unknown;
  try {
    value = JSON.parse(body ?? '');
  } catch (error) {
    throw new Refusal(400, 'Failed to deserialize JSON', (error as Error).message);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const why =
    issue?.code === 'unrecognized_keys'
      ? `unknown field \`${[...issue.path, issue.keys[0]].join('.')}\``
      : `${issue?.path.join('.')}: ${issue?.message}`;
  throw new Refusal(400, 'Failed to deserialize JSON', why);
}
