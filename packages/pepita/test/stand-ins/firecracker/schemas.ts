/** Bodies of the API, by the definitions of firecracker.yaml and what vmm_config/*.rs checks further. Unknown fields are refused. */

import { z } from 'zod';

const bucket = z.strictObject({
  size: z.int().min(0),
  one_time_burst: z.int().min(0).optional(),
  refill_time: z.int().min(0),
});
const limiter = z.strictObject({ bandwidth: bucket.optional(), ops: bucket.optional() });
const hugePages = z.enum(['None', 'Transparent', '2M']);

export const machineConfig = z.strictObject({
  vcpu_count: z.int().min(0).max(255),
  mem_size_mib: z.int().min(0),
  smt: z.boolean().default(false),
  cpu_template: z.enum(['C3', 'T2', 'T2S', 'T2CL', 'T2A', 'V1N1', 'None']).optional(),
  track_dirty_pages: z.boolean().default(false),
  huge_pages: hugePages.default('None'),
});

export const bootSource = z.strictObject({
  kernel_image_path: z.string(),
  initrd_path: z.string().optional(),
  boot_args: z.string().optional(),
});

export const drive = z.strictObject({
  drive_id: z.string(),
  partuuid: z.string().optional(),
  is_root_device: z.boolean(),
  cache_type: z.enum(['Unsafe', 'Writeback']).optional(),
  is_read_only: z.boolean().optional(),
  path_on_host: z.string().optional(),
  rate_limiter: limiter.optional(),
  io_engine: z.enum(['Sync', 'Async']).optional(),
  socket: z.string().optional(),
});

export const vsock = z.strictObject({
  guest_cid: z.int().min(3).max(4_294_967_295),
  uds_path: z.string(),
  vsock_id: z.string().optional(),
});

export const entropy = z.strictObject({ rate_limiter: limiter.optional() });
export const action = z.strictObject({
  action_type: z.enum(['FlushMetrics', 'InstanceStart', 'SendCtrlAltDel']),
});
export const vmState = z.strictObject({ state: z.enum(['Paused', 'Resumed']) });

export const snapshotCreate = z.strictObject({
  snapshot_type: z.enum(['Full', 'Diff']).default('Full'),
  snapshot_path: z.string(),
  mem_file_path: z.string(),
});

export const snapshotLoad = z
  .strictObject({
    snapshot_path: z.string(),
    mem_file_path: z.string().optional(),
    mem_backend: z
      .strictObject({ backend_type: z.enum(['File', 'Uffd']), backend_path: z.string() })
      .optional(),
    enable_diff_snapshots: z.boolean().optional(),
    track_dirty_pages: z.boolean().optional(),
    resume_vm: z.boolean().default(false),
    network_overrides: z.array(z.object({ iface_id: z.string(), host_dev_name: z.string() })).optional(),
    vsock_override: z.object({ uds_path: z.string() }).optional(),
    clock_realtime: z.boolean().optional(),
    huge_pages: z.enum(['Snapshot', 'None', 'Transparent', '2M']).optional(),
  })
  .refine((body) => (body.mem_backend === undefined) !== (body.mem_file_path === undefined), {
    message: 'either `mem_backend` or `mem_file_path` is required, and not both',
  });

export type MachineConfig = z.output<typeof machineConfig>;
export type BootSource = z.output<typeof bootSource>;
export type Drive = z.output<typeof drive>;
export type VsockConfig = z.output<typeof vsock>;

/** A request that is refused: `fault_message`. */
export class Fault extends Error {}

/** Pure. @throws Fault for no JSON, and for what the schema does not have */
export function parseBody<T>(schema: z.ZodType<T>, body: string): T {
  const refuse = (why: string) =>
    new Fault(`An error occurred when deserializing the json body of a request: ${why}.`);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue?.code === 'unrecognized_keys') throw refuse(`unknown field \`${issue.keys[0]}\``);
  throw refuse(`${issue?.path.join('.')}: ${issue?.message}`);
}
